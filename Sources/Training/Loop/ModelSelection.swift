import Datasets
import Files
import Models
import Recognition
import Tensors

/// Transcribes the dev set now and then, keeps the best model in the output folder and the few best ones in `best`, and averages
/// those at the end. All ranks come to the same results; the first one writes.
struct ModelSelection {
    let configuration: TrainingConfiguration
    let evaluation: DevEvaluation
    let output: TrainingOutput
    /// Nil on ranks that do not write.
    let watch: TrainingWatch?
    let workers: WorkerPool
    let observer: @Sendable (TrainingEvent) -> Void
    let learned: LearnedData
    let ranks: Ranks

    private var bestModels: BestModels {
        BestModels(folder: output.bestFolder, limit: configuration.stopping.keepBest)
    }

    /// Transcribes the dev set; the best model so far becomes the one in the output folder.
    ///
    /// - Throws: `TrainingError` for weights that are NaN or infinite.
    func evaluate(_ model: SpeechModel, _ progress: inout Checkpoint.Progress) throws {
        let values = model.network.parameters.values
        guard (0..<values.count).allSatisfy({ values.floats[$0].isFinite }) else {
            throw TrainingError(
                "step \(progress.step): the weights have become infinite or NaN; the last checkpoint and the best model are "
                    + "kept: lower schedule.peakLearningRate or raise schedule.warmupSteps")
        }
        let start = ContinuousClock.now
        let result = try evaluation(model, precision: configuration.precision.elementType, workers: workers)
        let error = result.characters.rate
        let isBest = error < progress.bestError ?? .infinity
        progress.evaluationsSinceBest = isBest ? 0 : progress.evaluationsSinceBest + 1
        let summary = summary(result, progress)
        try bestModels.add(model, summary, to: &progress.bestModels, isWriting: ranks.isFirst)
        if isBest {
            progress.bestError = error
            if error < progress.averageError ?? .infinity {
                progress.averageError = nil
                if ranks.isFirst { try output.write(model, summary, configuration) }
            }
        }
        let report = EvaluationReport(
            epoch: progress.epoch, step: progress.step, wordErrorRate: result.words,
            characterErrorRate: result.characters, loss: result.loss, ctcLoss: result.ctcLoss, isBest: isBest,
            samples: result.samples,
            attention: result.attention, durationInSeconds: (ContinuousClock.now - start).inSeconds)
        try watch?.record(report)
    }

    /// Averages the best models, and makes the average the model of the output folder where the dev set says that it is better.
    ///
    /// - Parameter like: a model of the same shape.
    /// - Returns: Whether it is.
    func averageBest(like: SpeechModel, _ progress: inout Checkpoint.Progress) throws -> Bool {
        let entries = progress.bestModels.prefix(bestModels.limit)
        guard entries.count > 1, let best = entries.first else { return false }
        let model = try average(entries.map(bestModels.path), like: like)
        let result = try evaluation(model, precision: configuration.precision.elementType, workers: workers)
        let error = result.characters.rate
        let isBetter = error < min(progress.bestError ?? .infinity, progress.averageError ?? .infinity)
        if isBetter {
            progress.averageError = error
            var summary = summary(result, progress)
            summary.averagedModelCount = entries.count
            if ranks.isFirst { try output.write(model, summary, configuration) }
        }
        try watch?.record(averagedModelCount: entries.count, step: progress.step, epoch: progress.epoch, result)
        observer(
            .message(
                "average of the \(entries.count) best models: dev WER \(Self.percent(result.words.rate))  CER "
                    + "\(Self.percent(error)); the best of them: WER \(Self.percent(best.devWordErrorRate))  CER "
                    + "\(Self.percent(best.devCharacterErrorRate)): the \(isBetter ? "average becomes the model" : "model stays as it is")"
            ))
        return isBetter
    }

    /// The average of models in folders, on all ranks; the first one reads them.
    private func average(_ folders: [String], like: SpeechModel) throws -> SpeechModel {
        guard ranks.areSeveral else { return try ModelAverage.of(folders) }
        let average: SpeechModel
        if ranks.isFirst {
            average = try ModelAverage.of(folders)
        } else {
            average = try SpeechModel(like.description, vocabulary: like.vocabulary)
            try average.network.parameters.allocate()
        }
        try ranks.meet()
        ranks.broadcast(average.network.parameters.values)
        return average
    }

    /// Removes what `best` has besides the best models: to be called when the checkpoint that names them is written.
    func removeOthers(_ progress: Checkpoint.Progress) throws {
        if ranks.isFirst { try bestModels.removeOthers(than: progress.bestModels) }
    }

    /// Whether the dev error has not fallen for too long. A run whose learning rate is to fall to 0 goes on to its end.
    func isOutOfPatience(_ progress: Checkpoint.Progress) -> Bool {
        let patience = configuration.stopping.patience
        return patience > 0 && configuration.stopping.cooldownEpochs == 0 && progress.evaluationsSinceBest >= patience
    }

    private static func percent(_ rate: Double) -> String { "\((rate * 10_000).rounded() / 100) %" }

    private func summary(_ result: DevEvaluation.Result, _ progress: Checkpoint.Progress) -> SpeechModel.TrainingSummary
    {
        SpeechModel.TrainingSummary(
            hours: learned.hours, utteranceCount: learned.utteranceCount,
            longestUtteranceInSeconds: learned.longestUtteranceInSeconds, steps: progress.step, epochs: progress.epoch,
            devWordErrorRate: result.words.rate, devCharacterErrorRate: result.characters.rate)
    }
}
