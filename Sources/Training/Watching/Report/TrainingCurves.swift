/// The curves of a training run, over steps and over hours; the reader chooses.
struct TrainingCurves {
    private let history: TrainingHistory

    init(_ history: TrainingHistory) { self.history = history }

    var html: String {
        """
        <h2>Curves</h2>
        <input type="radio" name="over" id="over-steps" checked><label for="over-steps">over steps</label>\
        <input type="radio" name="over" id="over-hours"><label for="over-hours">over hours of training</label>
        <div class="charts steps">
        \(charts(overHours: false))</div>
        <div class="charts hours">
        \(charts(overHours: true))</div>
        """
    }

    private func charts(overHours: Bool) -> String {
        func values(_ value: (StepMetrics) -> Double?) -> [(x: Double, y: Double)] {
            history.steps.compactMap { step in
                value(step.metrics).map { (overHours ? step.hours : Double(step.metrics.step), $0) }
            }
        }
        func devValues(_ value: (EvaluationMetrics) -> Double?) -> [(x: Double, y: Double)] {
            history.evaluations.compactMap { evaluation in
                value(evaluation.metrics).map { (overHours ? evaluation.hours : Double(evaluation.metrics.step), $0) }
            }
        }
        let marks = history.alerts.map { overHours ? history.hours(atStep: $0.step) : Double($0.step) }
        let end = overHours ? history.hours : Double(history.steps.last?.metrics.step ?? 0)
        func chart(
            _ title: String, _ unit: String, _ curves: [Curve], startsAtZero: Bool = false,
            scale: CurveChart.Scale = .linear
        ) -> CurveChart {
            CurveChart(
                title: title, unit: unit, curves: curves, scale: scale, startsAtZero: startsAtZero,
                horizontalUnit: overHours ? "hours" : "steps", horizontalEnd: max(end, 1e-9), marks: marks)
        }
        func lossChart(_ title: String, _ train: [(x: Double, y: Double)], _ dev: [(x: Double, y: Double)])
            -> CurveChart
        {
            chart(title, "nats per token", [Curve("train", joining: train), Curve("dev", dev, hasDots: true)])
        }
        let errorRates = chart(
            "Dev error rate", "%",
            [
                Curve("CER", devValues { $0.devCharacterErrorRate.map { 100 * $0 } }, hasDots: true),
                Curve("WER", devValues { $0.devWordErrorRate.map { 100 * $0 } }, hasDots: true),
            ], startsAtZero: true)
        let perplexities = chart(
            "Perplexity of the dev text", "per character",
            [Curve("dev", devValues(\.devPerplexityPerCharacter), hasDots: true)])
        let ctcLosses = values(\.ctcLoss)
        let charts: [CurveChart] =
            [lossChart("Loss", values(\.loss), devValues(\.devLoss))]
            + (ctcLosses.isEmpty ? [] : [lossChart("CTC loss", ctcLosses, devValues(\.devCTCLoss))])
            + (history.bestPerplexity == nil ? [errorRates] : [perplexities])
            + [
                chart(
                    "Tokens predicted right", "% in training",
                    [Curve("accuracy", joining: values { 100 * $0.accuracy })], startsAtZero: true),
                chart(
                    "Learning rate", "", [Curve("learning rate", joining: values { Double($0.learningRate) })],
                    startsAtZero: true),
                chart(
                    "Gradient norm", "before clipping, logarithmic",
                    [Curve("gradient norm", joining: values { $0.gradientNorm.map(Double.init) })], scale: .logarithmic),
            ]
        return charts.map(\.html).joined()
    }
}
