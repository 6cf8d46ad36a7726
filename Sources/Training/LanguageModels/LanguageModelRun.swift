import Autograd
import Datasets
import Files
import FoundationEssentials
import LanguageModels
import Models
import Numerics
import Tensors
import Text

/// The training of a language model between its first and its last step: gradient, clip, step; evaluation and checkpoint now and then.
final class LanguageModelRun {
    /// What a run works on.
    struct Parts {
        let configuration: LanguageModelConfiguration
        let vocabulary: ModelVocabulary
        let normalizer: LabelNormalizer
        let text: TrainingText
        /// Lines of the text that are not learned from; nil: none.
        let heldOut: HeldOutLines?
        let survey: TextSurvey
        let network: LanguageNetwork
        let optimizer: AdamW
    }

    private let parts: Parts
    private let output: TrainingOutput
    private let workers: WorkerPool
    private let watch: TrainingWatch
    private let shouldStop: @Sendable () -> Bool
    private let model: NetworkModel
    private let gradientWorkers: GradientWorkers
    private let schedule: LearningRateSchedule
    private let stepCount: Int
    private var progress: LanguageModelCheckpoint.Progress
    private var skippedInARow = 0
    private var lastCheckpoint = ContinuousClock.now

    /// Steps in a row whose gradient is NaN or infinite, after which training gives up.
    private static let skippedStepLimit = 20

    private var configuration: LanguageModelConfiguration { parts.configuration }
    private var survey: TextSurvey { parts.survey }
    private var optimizer: AdamW { parts.optimizer }
    private var key: RandomKey { RandomKey(seed: configuration.seed).derived("language model") }

    /// - Parameter progress: where to go on.
    init(
        _ parts: Parts, output: TrainingOutput, workers: WorkerPool, watch: TrainingWatch,
        progress: LanguageModelCheckpoint.Progress, shouldStop: @escaping @Sendable () -> Bool
    ) {
        self.parts = parts
        self.output = output
        self.workers = workers
        self.watch = watch
        self.progress = progress
        self.shouldStop = shouldStop
        model = NetworkModel(parts.network, for: parts.vocabulary)
        gradientWorkers = GradientWorkers(
            parts.network.parameters, precision: parts.configuration.precision.elementType, workers: workers)
        let stopping = parts.configuration.stopping
        let all = parts.survey.batchCount * stopping.epochs
        stepCount = stopping.steps > 0 ? min(stopping.steps, all) : all
        schedule = parts.configuration.schedule.fitted(toStepCount: stepCount)
    }

    /// Trains until the end, or until told to stop.
    func train() throws -> Trainer.Outcome {
        while progress.step < stepCount {
            let batches = TextBatches(
                parts.text, tokenizer: parts.vocabulary.tokenizer, configuration.batches, heldOut: parts.heldOut,
                key: key.derived("order").derived(progress.epoch))
            for _ in 0..<progress.batch { _ = try batches.next() }
            while progress.step < stepCount, let batch = try batches.next() {
                try step(batch)
                if let outcome = try endStep() { return outcome }
            }
            if progress.step < stepCount {
                progress.epoch += 1
                progress.batch = 0
            }
        }
        if progress.evaluatedStep < progress.step { try evaluate() }
        try writeCheckpoint()
        return .finished
    }

    /// One step of the optimiser; one whose gradient is NaN or infinite is left out.
    private func step(_ batch: TextBatches.Batch) throws {
        let start = ContinuousClock.now
        progress.step += 1
        progress.batch += 1
        let (model, weight) = (model, 1 / Float(batch.tokenCount))
        let gradient = try gradientWorkers.gradient(
            microBatchCount: batch.microBatches.count, key: key.derived(progress.step)
        ) { index, tape, _ in
            var loss = TrainingLoss()
            loss.crossEntropy = model.network.loss(
                batch.microBatches[index], start: model.start, end: model.end, weight: weight, on: tape)
            return loss
        }
        let learningRate = schedule.learningRate(step: progress.step, stepCount: stepCount)
        let isFinite = gradient.norm.isFinite
        if isFinite {
            optimizer.update(
                gradient.values, norm: gradient.norm, learningRate: learningRate, workers: workers)
            skippedInARow = 0
        } else {
            skippedInARow += 1
            progress.skippedSteps += 1
        }
        progress.optimizerStep = optimizer.step
        let loss = gradient.loss.crossEntropy
        var report = StepReport(
            step: progress.step, epoch: progress.epoch + 1, batch: progress.batch,
            batchCount: min(survey.batchCount, stepCount),
            epochCount: (stepCount + survey.batchCount - 1) / survey.batchCount,
            loss: loss.loss / Double(max(1, loss.count)),
            accuracy: gradient.loss.accuracy, learningRate: learningRate, gradientNorm: gradient.norm,
            audioInSeconds: 0, durationInSeconds: (ContinuousClock.now - start).inSeconds, wasSkipped: !isFinite)
        report.characterCount = batch.microBatches.joined().reduce(0) { $0 + characterCount($1) }
        try watch.record(report)
    }

    /// Characters of a text, its end included.
    private func characterCount(_ tokens: [Int32]) -> Int {
        guard parts.vocabulary.bytePairs != nil else { return tokens.count + 1 }
        return 1 + parts.vocabulary.tokenizer.text(of: tokens.map(Int.init)).unicodeScalars.count
    }

    /// Evaluation and checkpoint where it is time for them; the outcome where training is to stop.
    private func endStep() throws -> Trainer.Outcome? {
        guard skippedInARow < Self.skippedStepLimit else {
            throw TrainingError(
                "\(skippedInARow) steps in a row had no finite gradient; the last good checkpoint and the best model are kept if there "
                    + "are any: train again with a lower schedule.peakLearningRate or a higher schedule.warmupSteps"
            )
        }
        let isStopping = shouldStop()
        if !isStopping, progress.step % configuration.stopping.evaluationInterval == 0, progress.step < stepCount {
            try evaluate()
        }
        let minutes = (ContinuousClock.now - lastCheckpoint).inSeconds / 60
        if skippedInARow == 0, isStopping || minutes >= configuration.checkpointMinutes { try writeCheckpoint() }
        guard isStopping else { return nil }
        return skippedInARow == 0 ? .interrupted : .interruptedBetweenSkippedSteps(count: skippedInARow)
    }

    private func writeCheckpoint() throws {
        try LanguageModelCheckpoint.write(
            progress, model.network.parameters, optimizer, to: output.checkpointPath)
        lastCheckpoint = .now
    }

    /// How well the dev text is predicted; the best network so far becomes the one in the output folder.
    private func evaluate() throws {
        let start = ContinuousClock.now
        let perplexity = try devPerplexity()
        guard perplexity.nats.isFinite else {
            throw TrainingError(
                "step \(progress.step): the weights have become infinite or NaN; the last checkpoint and the best model are kept: lower "
                    + "schedule.peakLearningRate or raise schedule.warmupSteps")
        }
        let loss = perplexity.nats / Double(max(1, perplexity.tokenCount))
        let isBest = loss < progress.bestLoss ?? .infinity
        if isBest {
            progress.bestLoss = loss
            try output.replace(try files(perplexity))
        }
        progress.evaluatedStep = progress.step
        try watch.record(
            PerplexityReport(
                epoch: progress.epoch + 1, step: progress.step, perplexity: perplexity,
                loss: loss, isBest: isBest,
                durationInSeconds: (ContinuousClock.now - start).inSeconds))
    }

    private func devPerplexity() throws -> Perplexity {
        let dev = configuration.data.dev
        let lines = TrainingText.Lines(
            dev.isEmpty ? parts.text : TrainingText(paths: dev, normalizer: parts.normalizer))
        var number = 0
        return try LanguageModel.Content.network(model).perplexity(parts.vocabulary, workers: workers) {
            while let line = try lines.next() {
                number += 1
                guard let heldOut = parts.heldOut, dev.isEmpty else { return line }
                if heldOut.isBehind(line: number) { return nil }
                if heldOut.contains(line: number) { return line }
            }
            return nil
        }
    }

    /// The folder of the network as it is.
    private func files(_ perplexity: Perplexity) throws -> [(name: String, content: Data)] {
        var description = LanguageModelDescription(configuration.lm, for: parts.vocabulary)
        description.lineCount = survey.lineCount
        description.wordCount = survey.wordCount
        description.characterCount = survey.characterCount
        description.stepCount = progress.step
        description.perplexityPerCharacter = perplexity.perCharacter
        description.perplexityPerWord = perplexity.perWord
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return [
            ("config.json", try encoder.encode(description)),
            ("model.safetensors", try model.weights(.float32)),
            (
                "README.md",
                Data(
                    LanguageModelCard.text(
                        description, configuration, parameterCount: model.network.parameters.parameterCount
                    ).utf8)
            ),
        ]
    }
}
