import Audio
import Autograd
import Evaluation
import FoundationEssentials
import Glibc
import Recognition
import Synchronization
import Tensors
import Text

/// Trains a model on labelled audio: from data to a model folder.
///
/// The output folder holds the best model so far (`config.json`, `vocabulary.json`, `model.safetensors`, `README.md`),
/// `training.yaml` (the complete configuration), `metrics.jsonl` and `checkpoint.safetensors`, from which `--resume`
/// goes on. The weights are a function of the data, the configuration and its seed alone.
public final class Trainer {
    private let configuration: TrainingConfiguration
    private let output: String
    private let workers: WorkerPool
    private let observer: @Sendable (TrainingEvent) -> Void
    private let shouldStop: @Sendable () -> Bool

    /// Steps in a row whose gradient was no number, after which training gives up.
    private static let skippedStepLimit = 20

    /// - Parameters:
    ///   - output: the model folder that is made.
    ///   - threadCount: threads to use; the result does not depend on it.
    ///   - observer: is told what happens, from any thread.
    ///   - shouldStop: asked after every step; true saves and returns.
    public init(
        _ configuration: TrainingConfiguration, output: String, threadCount: Int,
        observer: @escaping @Sendable (TrainingEvent) -> Void, shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
        self.configuration = configuration
        self.output = output
        workers = WorkerPool(threadCount: threadCount)
        self.observer = observer
        self.shouldStop = shouldStop
    }

    /// How a run ended.
    public enum Outcome: Sendable, Equatable {
        /// All epochs were done.
        case finished
        /// The dev error did not fall any more.
        case stoppedEarly
        /// `shouldStop` said so; the checkpoint is written.
        case interrupted
    }

    /// Trains until the end, until the dev error stops falling, or until told to stop.
    ///
    /// - Parameter resume: go on from the checkpoint in the output folder; without, there must be none.
    /// - Throws: what is wrong with configuration, data or output folder.
    public func run(resume: Bool) throws -> Outcome {
        // 1. Data: features and labels, in memory.
        try configuration.validate()
        let checkpointPath = "\(output)/checkpoint.safetensors"
        let hasCheckpoint = FileManager.default.fileExists(atPath: checkpointPath)
        guard resume || !hasCheckpoint else {
            throw TrainingError("\(checkpointPath): exists; add --resume to go on, or choose another --output")
        }
        if !hasCheckpoint {
            let modelPath = "\(output)/model.safetensors"
            guard !FileManager.default.fileExists(atPath: modelPath) else {
                throw TrainingError(
                    "\(modelPath): there is a model already, without a checkpoint to go on from; choose another --output"
                )
            }
            if resume { observer(.warning("\(checkpointPath): there is none to go on from; training begins anew")) }
        }
        try AtomicFile.makeFolder(output)
        let augmentation = try UtteranceAugmentation(
            configuration.augmentation, sampleRate: configuration.model.frontend.sampleRate, seed: configuration.seed)
        var train = try load(
            configuration.data.train, "train", keepsSamples: configuration.augmentation.changesWaveform)
        var dev = try load(configuration.data.dev, "dev", keepsSamples: false)

        // 2. Model: vocabulary and statistics come from the training data.
        let vocabulary = Vocabulary(texts: train.texts, minimumCount: configuration.data.minimumCharacterCount)
        guard !vocabulary.characters.isEmpty else {
            throw TrainingError(
                "no character occurs \(configuration.data.minimumCharacterCount) times in the training text; lower "
                    + "data.minimumCharacterCount")
        }
        let normalization: FeatureNormalization =
            switch configuration.model.featureNormalization {
            case .none: .none
            case .perUtterance: .perUtterance
            case .global: train.statistics.normalization
            }
        train.normalize(normalization)
        dev.normalize(normalization)
        let model = try SpeechModel(
            .init(model: configuration.model, featureNormalization: normalization), vocabulary: vocabulary)
        let parameters = model.transformer.parameters
        try checkMemory(for: parameters)
        parameters.initialize(seed: configuration.seed)
        let optimizer = AdamW(parameters, configuration: configuration.optimizer)
        observer(
            .message(
                "\(parameters.parameterCount) parameters, \(vocabulary.count) tokens, \(Kernels.name) kernels, "
                    + MatrixProduct.libraryDescription))

        // 3. Batches, and where to start among them.
        let trainLoader = DataLoader(
            train, vocabulary: vocabulary,
            augmentation: .init(
                changes: augmentation, frontend: try LogMelSpectrogram(configuration: configuration.model.frontend),
                normalization: normalization))
        let sampler = makeSampler(trainLoader, model: model.transformer)
        reportExclusions(sampler, data: train)
        let epochBatchCount = sampler.batches(epoch: 0).count
        guard epochBatchCount > 0 else {
            throw TrainingError("no utterance can be learned from: see the reasons above, and asr data check")
        }
        var progress = Checkpoint.Progress()
        progress.configuration = try YAMLConfiguration.yaml(configuration.withoutStopping)
        if resume && hasCheckpoint {
            progress = try Checkpoint.read(
                path: checkpointPath, configuration: progress.configuration, into: model, optimizer)
            observer(.message("going on after step \(progress.step), epoch \(progress.epoch + 1)"))
        }
        try AtomicFile.write(
            Data(YAMLConfiguration.yaml(configuration).utf8), to: "\(output)/training.yaml")
        let log = try MetricsLog(path: "\(output)/metrics.jsonl", afterStep: progress.step)

        // 4. The loop: gradient, clip, step; after an epoch, dev set and checkpoint.
        let gradientWorkers = GradientWorkers(
            model.transformer, parts: configuration.gradientParts, precision: configuration.precision.elementType,
            lossConfiguration: configuration.loss, workers: workers)
        let evaluation = DevEvaluation(
            loader: DataLoader(dev, vocabulary: vocabulary), lossConfiguration: configuration.loss)
        let key = RandomKey(seed: configuration.seed).derived("training")
        let stepCount = epochBatchCount * configuration.stopping.epochs
        var skippedInARow = 0
        var lastCheckpoint = ContinuousClock.now
        while progress.epoch < configuration.stopping.epochs {
            let batches = sampler.batches(epoch: progress.epoch)
            while progress.batch < batches.count {
                let start = ContinuousClock.now
                let batch = batches[progress.batch]
                progress.step += 1
                let epoch = progress.epoch
                let (partials, loss) = try gradientWorkers.gradients(
                    microBatchCount: batch.count, tokenCount: trainLoader.tokenCount(batch.flatMap { $0 }),
                    key: key.derived(progress.step)
                ) { try trainLoader.batch(batch[$0], epoch: epoch) }
                let norm = optimizer.reduce(partials, workers: workers)
                let learningRate = configuration.schedule.learningRate(step: progress.step, stepCount: stepCount)
                if norm.isFinite {
                    optimizer.update(partials[0], norm: norm, learningRate: learningRate, workers: workers)
                    skippedInARow = 0
                } else {
                    skippedInARow += 1
                    progress.skippedSteps += 1
                    observer(.warning("step \(progress.step): the gradient is no number; the step is left out"))
                }
                progress.optimizerStep = optimizer.step
                progress.batch += 1
                let report = StepReport(
                    step: progress.step, epoch: progress.epoch + 1, batch: progress.batch, batchCount: batches.count,
                    epochCount: configuration.stopping.epochs, loss: loss.perToken(configuration.loss),
                    accuracy: loss.accuracy, learningRate: learningRate, gradientNorm: norm,
                    audioInSeconds: batch.joined().reduce(0) {
                        $0 + Double(train.spectrograms[$1].frameCount) * configuration.model.frontend.hopInSeconds
                    },
                    durationInSeconds: (ContinuousClock.now - start).inSeconds, wasSkipped: !norm.isFinite)
                try log.write(report)
                observer(.step(report))
                guard skippedInARow < Self.skippedStepLimit else {
                    throw TrainingError(
                        "\(skippedInARow) steps in a row had no finite gradient; the last checkpoint is kept: lower "
                            + "schedule.peakLearningRate or raise schedule.warmupSteps and resume")
                }
                let isEpochEnd = progress.batch == batches.count
                let minutes = (ContinuousClock.now - lastCheckpoint).inSeconds / 60
                if shouldStop() || (!isEpochEnd && minutes >= configuration.checkpointMinutes && skippedInARow == 0) {
                    try Checkpoint.write(progress, model, optimizer, to: checkpointPath)
                    lastCheckpoint = .now
                    if shouldStop() { return .interrupted }
                }
            }

            progress.epoch += 1
            progress.batch = 0
            let isLast = progress.epoch == configuration.stopping.epochs
            if isLast || progress.epoch % max(1, configuration.stopping.evaluationInterval) == 0 {
                try evaluate(model, evaluation, &progress, log, train: train)
            }
            try Checkpoint.write(progress, model, optimizer, to: checkpointPath)
            lastCheckpoint = .now
            let patience = configuration.stopping.patience
            if patience > 0, progress.evaluationsSinceBest >= patience, !isLast { return .stoppedEarly }
        }
        return .finished
    }

    /// Refuses a model that cannot fit: parameters, two moments, and the partial gradients, in float32.
    private func checkMemory(for parameters: ParameterStore) throws {
        let needed = Double(parameters.flatCount) * 4 * Double(3 + configuration.gradientParts)  // bytes
        let available = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
        guard needed <= available else {
            func gigabytes(_ bytes: Double) -> Double { (bytes / 1e8).rounded() / 10 }
            throw TrainingError(
                "\(parameters.parameterCount) parameters need \(gigabytes(needed)) GB to be trained, and this machine has "
                    + "\(gigabytes(available)) GB; choose a smaller model (model.transformer.modelDimension, layer counts)"
                    + (configuration.gradientParts > 4 ? " or fewer gradientParts" : ""))
        }
    }

    /// Reads manifests and their audio.
    private func load(_ paths: [String], _ what: String, keepsSamples: Bool) throws -> TrainingData {
        let manifest = try Manifest.load(paths: paths)
        let total = manifest.utterances.count
        let observer = observer
        let data = try TrainingData(
            manifest, frontend: configuration.model.frontend, labelNormalizer: configuration.model.labelNormalizer,
            keepsSamples: keepsSamples, workers: workers, progress: { observer(.reading(count: $0, total: total)) })
        observer(.message("\(what): \(total) utterances, \(data.durationInSeconds.rounded()) s"))
        return data
    }

    private func makeSampler(_ loader: DataLoader, model: SpeechTransformer) -> BatchSampler {
        let factor = configuration.model.subsamplingStrides.reduce(1, *)
        let lengths = loader.labels.indices.map { index in
            let label = loader.labels[index]
            let repetitions = zip(label, label.dropFirst()).count { $0 == $1 }
            return BatchSampler.Length(
                frameCount: loader.data.spectrograms[index].frameCount,
                requiredFrameCount: max(1, factor * (label.count + repetitions - 1) + 1))
        }
        return BatchSampler(lengths: lengths, configuration: configuration.batches, seed: configuration.seed)
    }

    private func reportExclusions(_ sampler: BatchSampler, data: TrainingData) {
        guard !sampler.exclusions.isEmpty else { return }
        let seconds = sampler.exclusions.reduce(0) {
            $0 + Double(data.spectrograms[$1.index].frameCount) * configuration.model.frontend.hopInSeconds
        }
        observer(
            .warning(
                "\(sampler.exclusions.count) of \(data.utterances.count) utterances (\(seconds.rounded()) s) are not "
                    + "learned from:"))
        for exclusion in sampler.exclusions.prefix(10) {
            observer(.warning("  \(data.utterances[exclusion.index].source): \(exclusion.reason.rawValue)"))
        }
        if sampler.exclusions.count > 10 {
            observer(.warning("  ... and \(sampler.exclusions.count - 10) more; asr data check lists them all"))
        }
    }

    /// Transcribes the dev set; the best model so far becomes the one in the output folder.
    private func evaluate(
        _ model: SpeechModel, _ evaluation: DevEvaluation, _ progress: inout Checkpoint.Progress, _ log: MetricsLog,
        train: TrainingData
    ) throws {
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
            let summary = SpeechModel.TrainingSummary(
                hours: train.durationInSeconds / 3_600, utteranceCount: train.utterances.count, steps: progress.step,
                epochs: progress.epoch, devWordErrorRate: result.words.rate, devCharacterErrorRate: error)
            for file in try model.files(training: summary) + [ModelCard.file(model, summary, configuration)] {
                try AtomicFile.write(file.content, to: "\(output)/\(file.name)")
            }
        }
        let report = EvaluationReport(
            epoch: progress.epoch, step: progress.step, wordErrorRate: result.words,
            characterErrorRate: result.characters, loss: result.loss, isBest: isBest, samples: result.samples)
        try log.write(report)
        observer(.evaluation(report))
    }
}

extension Duration {
    /// As a number of seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
