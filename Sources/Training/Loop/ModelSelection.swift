import Recognition
import Tensors

/// Transcribes the dev set now and then, and keeps the best model in the output folder.
struct ModelSelection {
    let configuration: TrainingConfiguration
    let evaluation: DevEvaluation
    let output: TrainingOutput
    let log: MetricsLog
    let workers: WorkerPool
    let observer: @Sendable (TrainingEvent) -> Void
    /// Hours and number of the training utterances, for the model card.
    let trainHours: Double
    let trainUtteranceCount: Int

    /// Transcribes the dev set; the best model so far becomes the one in the output folder.
    ///
    /// - Throws: `TrainingError` for weights that are no numbers.
    func evaluate(_ model: SpeechModel, _ progress: inout Checkpoint.Progress) throws {
        let values = model.transformer.parameters.values
        guard (0..<values.count).allSatisfy({ values.floats[$0].isFinite }) else {
            throw TrainingError(
                "step \(progress.step): the weights have become infinite or NaN; the last checkpoint and the best model are "
                    + "kept: lower schedule.peakLearningRate or raise schedule.warmupSteps")
        }
        let result = try evaluation(model, precision: configuration.precision.elementType, workers: workers)
        let error = result.characters.rate
        let isBest = error < progress.bestError ?? .infinity
        progress.evaluationsSinceBest = isBest ? 0 : progress.evaluationsSinceBest + 1
        if isBest {
            progress.bestError = error
            try output.write(model, summary(result, progress), configuration)
        }
        let report = EvaluationReport(
            epoch: progress.epoch, step: progress.step, wordErrorRate: result.words,
            characterErrorRate: result.characters, loss: result.loss, isBest: isBest, samples: result.samples)
        try log.write(report)
        observer(.evaluation(report))
    }

    /// Whether the dev error has not fallen for too long.
    func isOutOfPatience(_ progress: Checkpoint.Progress) -> Bool {
        let patience = configuration.stopping.patience
        return patience > 0 && progress.evaluationsSinceBest >= patience
    }

    private func summary(_ result: DevEvaluation.Result, _ progress: Checkpoint.Progress) -> SpeechModel.TrainingSummary
    {
        SpeechModel.TrainingSummary(
            hours: trainHours, utteranceCount: trainUtteranceCount, steps: progress.step, epochs: progress.epoch,
            devWordErrorRate: result.words.rate, devCharacterErrorRate: result.characters.rate)
    }
}
