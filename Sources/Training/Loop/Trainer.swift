import Configuration
import Datasets
import Files
import Numerics
import Recognition
import Tensors

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

    /// Steps in a row whose gradient is NaN or infinite, after which training gives up.
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
        // 1. What is there: the output folder, the data, the model.
        try configuration.validate()
        let output = TrainingOutput(folder: self.output)
        let hasCheckpoint = try output.prepare(resume: resume)
        if resume && !hasCheckpoint {
            observer(.warning("\(output.checkpointPath): there is none to go on from; training begins anew"))
        }
        let preparation = try TrainingPreparation(configuration, workers: workers, observer: observer)
        let (trainLoader, sampler) = (preparation.trainLoader, preparation.sampler)

        // 2. Where to start.
        let state = try TrainingState(preparation.model, configuration.optimizer, frozen: preparation.frozen)
        var progress = Checkpoint.Progress()
        progress.configuration = try YAMLConfiguration.yaml(configuration.withoutStopping)
        progress.initialModel = preparation.initialFingerprint
        progress.data = preparation.dataFingerprint
        if hasCheckpoint {
            let kept = try Checkpoint.read(path: output.checkpointPath, resuming: progress, into: state)
            if kept.step > 0 { progress = kept }  // before the first step nothing is kept that does not come again
            observer(.message("going on after step \(progress.step), epoch \(progress.epoch + 1)"))
        }
        try output.write(configuration)
        try output.write(exclusions: preparation.exclusions)
        // A checkpoint from before an evaluation stands behind the last batch of an epoch.
        let watch = try TrainingWatch(
            configuration, output: output, from: .init(step: progress.step, isEvaluated: progress.batch == 0),
            observer: observer)

        // 3. The loop: gradient, clip, step; after an epoch, dev set and checkpoint.
        let gradientWorkers = GradientWorkers(
            state.model.transformer, parts: configuration.gradientParts, precision: configuration.precision.elementType,
            lossConfiguration: configuration.loss, isFrozen: preparation.frozen.contains, workers: workers)
        let selection = ModelSelection(
            configuration: configuration,
            evaluation: DevEvaluation(
                loader: preparation.devLoader, configuration: configuration.evaluation,
                lossConfiguration: configuration.loss),
            output: output, watch: watch, workers: workers, observer: observer,
            learned: preparation.learned)
        // How well the model does that training begins with: if nothing is better, it stays.
        if preparation.initialFingerprint != nil && progress.step == 0 {
            try selection.evaluate(state.result, &progress)
            try Checkpoint.write(progress, state, to: output.checkpointPath)
        }
        let key = RandomKey(seed: configuration.seed).derived("training")
        let stepCount = sampler.batches(epoch: 0).count * configuration.stopping.epochs
        var skippedInARow = 0
        var lastCheckpoint = ContinuousClock.now
        var hasStoppedEarly = progress.batch == 0 && selection.isOutOfPatience(progress)
        while progress.epoch < configuration.stopping.epochs && !hasStoppedEarly {
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
                let norm = state.optimizer.reduce(partials, workers: workers)
                let passes = Double(progress.epoch) + Double(progress.batch) / Double(batches.count)
                let learningRate =
                    configuration.schedule.learningRate(step: progress.step, stepCount: stepCount)
                    * configuration.stopping.cooldown(afterPasses: passes)
                if norm.isFinite {
                    state.update(partials[0], norm: norm, learningRate: learningRate, workers: workers)
                    skippedInARow = 0
                } else {
                    skippedInARow += 1
                    progress.skippedSteps += 1
                }
                progress.optimizerStep = state.optimizer.step
                progress.batch += 1
                let report = StepReport(
                    step: progress.step, epoch: progress.epoch + 1, batch: progress.batch, batchCount: batches.count,
                    epochCount: configuration.stopping.epochs, loss: loss.perToken(configuration.loss),
                    ctcLoss: loss.ctcPerToken(configuration.loss), accuracy: loss.accuracy, learningRate: learningRate,
                    gradientNorm: norm,
                    audioInSeconds: batch.joined().reduce(0) {
                        $0 + Double(trainLoader.frameCount($1)) * configuration.model.frontend.hopInSeconds
                    },
                    durationInSeconds: (ContinuousClock.now - start).inSeconds, wasSkipped: !norm.isFinite)
                try watch.record(report)
                guard skippedInARow < Self.skippedStepLimit else {
                    throw TrainingError(
                        "\(skippedInARow) steps in a row had no finite gradient; the last good checkpoint and the best model "
                            + "stay where there are any: train anew with a lower schedule.peakLearningRate or a higher "
                            + "schedule.warmupSteps")
                }
                let isEpochEnd = progress.batch == batches.count
                let minutes = (ContinuousClock.now - lastCheckpoint).inSeconds / 60
                let isStopping = shouldStop()
                // While steps are left out the weights may be what is wrong: the last good checkpoint stays.
                let isDue = isStopping || (!isEpochEnd && minutes >= configuration.checkpointMinutes)
                if isDue && (skippedInARow == 0 || !output.hasCheckpoint) {
                    try Checkpoint.write(progress, state, to: output.checkpointPath)
                    lastCheckpoint = .now
                }
                if isStopping { return .interrupted }
            }

            progress.epoch += 1
            progress.batch = 0
            let isLast = progress.epoch == configuration.stopping.epochs
            if isLast || progress.epoch % max(1, configuration.stopping.evaluationInterval) == 0 {
                try selection.evaluate(state.result, &progress)
            }
            if skippedInARow == 0 || isLast {
                try Checkpoint.write(progress, state, to: output.checkpointPath)
                try selection.removeOthers(progress)
                lastCheckpoint = .now
            }
            hasStoppedEarly = !isLast && selection.isOutOfPatience(progress)
        }

        // 4. The average of the best models may be better than each of them.
        if try selection.averageBest(&progress) && skippedInARow == 0 {
            try Checkpoint.write(progress, state, to: output.checkpointPath)
        }
        return hasStoppedEarly ? .stoppedEarly : .finished
    }
}

extension Duration {
    /// As a number of seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
