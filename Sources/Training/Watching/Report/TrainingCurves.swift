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
        let unit = overHours ? "hours" : "steps"
        let end = overHours ? history.hours : Double(history.steps.last?.metrics.step ?? 0)
        let ctcLosses = values(\.ctcLoss)
        var charts = [
            CurveChart(
                title: "Loss", unit: "nats per token",
                curves: [
                    Curve("train", joining: values(\.loss)), Curve("dev", devValues(\.devLoss), hasDots: true),
                ], horizontalUnit: unit, horizontalEnd: max(end, 1e-9), marks: marks),
            CurveChart(
                title: "Dev error rate", unit: "%",
                curves: [
                    Curve("CER", devValues { $0.devCharacterErrorRate.map { 100 * $0 } }, hasDots: true),
                    Curve("WER", devValues { $0.devWordErrorRate.map { 100 * $0 } }, hasDots: true),
                ], startsAtZero: true, horizontalUnit: unit, horizontalEnd: max(end, 1e-9), marks: marks),
            CurveChart(
                title: "Tokens predicted right", unit: "% in training",
                curves: [Curve("accuracy", joining: values { 100 * $0.accuracy })], startsAtZero: true,
                horizontalUnit: unit, horizontalEnd: max(end, 1e-9), marks: marks),
            CurveChart(
                title: "Learning rate", unit: "",
                curves: [Curve("learning rate", joining: values { Double($0.learningRate) })], startsAtZero: true,
                horizontalUnit: unit, horizontalEnd: max(end, 1e-9),
                marks: marks),
            CurveChart(
                title: "Gradient norm", unit: "before clipping, logarithmic",
                curves: [Curve("gradient norm", joining: values { $0.gradientNorm.map(Double.init) })],
                scale: .logarithmic, horizontalUnit: unit, horizontalEnd: max(end, 1e-9), marks: marks),
        ]
        if !ctcLosses.isEmpty {
            let ctc = CurveChart(
                title: "CTC loss", unit: "nats per token",
                curves: [
                    Curve("train", joining: ctcLosses), Curve("dev", devValues(\.devCTCLoss), hasDots: true),
                ], horizontalUnit: unit, horizontalEnd: max(end, 1e-9), marks: marks)
            charts.insert(ctc, at: 1)
        }
        return charts.map(\.html).joined()
    }
}
