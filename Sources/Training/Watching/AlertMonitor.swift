import Evaluation
import Files

/// Looks for trouble in what a training run reports. The same reports give the same alerts, so that a resumed run goes on
/// where it was.
package struct AlertMonitor {
    /// The evaluations that alerts look back on, with the mean training loss of the steps before each.
    private var evaluations: [(metrics: EvaluationMetrics, trainLoss: Double?)] = []
    private var lossSum = 0.0
    private var lossCount = 0
    private var skippedInARow = 0
    private var skippedCount = 0
    private var lowEvaluations = 0
    private var isDiverging = false

    /// Before this step attention need not have found its way.
    private let patienceInSteps: Int

    /// Evaluations in a row without a line in the attention that give an alert.
    private static let attentionEvaluations = 5
    /// What the attention of no layer may stay below: see `AttentionAlignment.slope` for what was measured.
    private static let smallestSlope = 0.3
    /// Tokens from which on a text is read from its beginning to its end, and not at once.
    private static let smallestTokenCount = 20
    private static let smallestPatience = 1_000  // steps
    /// Evaluations in a row, each with a higher dev error than the one before, that give an alert; and by which share it must
    /// have risen over all of them.
    private static let risingEvaluations = 3
    private static let smallestRise = 0.05

    /// - Parameter warmupSteps: steps until the learning rate is at its highest.
    package init(warmupSteps: Int) {
        patienceInSteps = max(Self.smallestPatience, 2 * warmupSteps)
    }

    /// What there is to say after another line of the log.
    package mutating func alerts(after line: MetricsLine) -> [TrainingAlert] {
        switch line {
        case .step(let metrics): [alert(after: metrics)].compactMap { $0 }
        case .evaluation(let metrics): metrics.averagedModelCount == nil ? alerts(after: metrics) : []
        case .alert: []
        }
    }

    private mutating func alert(after metrics: StepMetrics) -> TrainingAlert? {
        if let loss = metrics.loss {
            lossSum += loss
            lossCount += 1
        }
        guard metrics.wasSkipped == true else {
            skippedInARow = 0
            return nil
        }
        skippedInARow += 1
        skippedCount += 1
        let what = metrics.loss == nil ? "the loss and its gradient are" : "the gradient is"
        let count =
            skippedInARow > 1
            ? "\(skippedInARow) steps in a row, \(skippedCount) in all" : "the \(Self.ordinal(skippedCount)) such step"
        return TrainingAlert(
            step: metrics.step, kind: .nonFiniteStep,
            message:
                "step \(metrics.step): \(what) NaN or infinite; the step is skipped (\(count)); if this continues, lower "
                + "schedule.peakLearningRate or raise schedule.warmupSteps")
    }

    private mutating func alerts(after metrics: EvaluationMetrics) -> [TrainingAlert] {
        evaluations.append((metrics, lossCount > 0 ? lossSum / Double(lossCount) : nil))
        evaluations.removeFirst(max(0, evaluations.count - Self.risingEvaluations - 1))
        (lossSum, lossCount) = (0, 0)
        return [attentionAlert(metrics), divergenceAlert(metrics)].compactMap { $0 }
    }

    private mutating func attentionAlert(_ metrics: EvaluationMetrics) -> TrainingAlert? {
        guard let attention = metrics.attention, attention.tokenCount >= Self.smallestTokenCount,
            let slope = attention.slopes.max(), slope < Self.smallestSlope
        else {
            lowEvaluations = 0
            return nil
        }
        if metrics.step >= patienceInSteps { lowEvaluations += 1 }
        guard lowEvaluations == Self.attentionEvaluations else { return nil }
        return TrainingAlert(
            step: metrics.step, kind: .attentionNotMonotonic,
            message: "step \(metrics.step): the decoder does not read its input from beginning to end (slope "
                + "\(Self.rounded(slope)) over \(lowEvaluations) evaluations; reading evenly gives 1): check whether text and "
                + "audio belong together (asr data check), begin with short utterances "
                + "(batches.epochsFromShortToLong=1), lower schedule.peakLearningRate, raise loss.ctcWeight, or add data"
        )
    }

    private mutating func divergenceAlert(_ metrics: EvaluationMetrics) -> TrainingAlert? {
        let errors = evaluations.compactMap(\.metrics.devCharacterErrorRate)
        guard errors.count == Self.risingEvaluations + 1, zip(errors, errors.dropFirst()).allSatisfy({ $0 < $1 }),
            let first = errors.first, let last = errors.last, last >= first * (1 + Self.smallestRise),
            let lossBefore = evaluations.first?.trainLoss, let lossNow = evaluations.last?.trainLoss,
            lossNow < lossBefore
        else {
            // Only a fall ends what has been told already.
            if let last = errors.last, let before = errors.dropLast().last, last <= before { isDiverging = false }
            return nil
        }
        if isDiverging { return nil }
        isDiverging = true
        return TrainingAlert(
            step: metrics.step, kind: .divergence,
            message: "step \(metrics.step): the dev error rises (CER \(Self.rounded(100 * first)) % to "
                + "\(Self.rounded(100 * last)) % over \(Self.risingEvaluations) evaluations) while the training loss falls "
                + "(\(Self.rounded(lossBefore)) to \(Self.rounded(lossNow))): the training data is being learned by heart; "
                + "more data, more augmentation, a higher model.transformer.dropout or a smaller model help; the best model "
                + "so far is kept")
    }

    private static func rounded(_ value: Double) -> String { value.text(2) }

    private static func ordinal(_ number: Int) -> String {
        switch (number % 10, number % 100) {
        case (_, 11...13): "\(number)th"
        case (1, _): "\(number)st"
        case (2, _): "\(number)nd"
        case (3, _): "\(number)rd"
        default: "\(number)th"
        }
    }
}
