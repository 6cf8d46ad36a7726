import Configuration
import Datasets
import Files
import Models
import Numerics
import Tensors

/// A training run between its first and its last step: gradient, clip, step; after an epoch, dev set and checkpoint.
final class TrainingRun {
    private let configuration: TrainingConfiguration
    private let output: TrainingOutput
    /// Keeps other runs out of the output folder; the first rank has it.
    private let lock: FolderLock?
    private let workers: WorkerPool
    private let ranks: Ranks
    private let preparation: TrainingPreparation
    private let state: TrainingState
    private var gradientWorkers: GradientWorkers
    /// Of the first rank.
    private let watch: TrainingWatch?
    private let selection: ModelSelection
    private let key: RandomKey
    /// Steps of the whole run, for schedules that depend on it.
    private let stepCount: Int
    /// With a warm-up that fits into the run.
    private let schedule: LearningRateSchedule

    private var progress: Checkpoint.Progress
    private var skippedInARow = 0
    private var lastCheckpoint = ContinuousClock.now
    private(set) var hasStoppedEarly: Bool

    /// Steps in a row whose gradient is NaN or infinite, after which training gives up.
    private static let skippedStepLimit = 20

    /// Takes the output folder, reads the data, and makes the model or reads the checkpoint.
    ///
    /// - Throws: what is wrong with data or output folder, on all ranks.
    init(
        _ configuration: TrainingConfiguration, output folder: String, resume: Bool, workers: WorkerPool, ranks: Ranks,
        observer: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        self.configuration = configuration
        self.workers = workers
        self.ranks = ranks

        // 1. What is there: the output folder, the data, the model.
        let output = TrainingOutput(folder: folder)
        self.output = output
        var lock: FolderLock?
        let hasCheckpoint = try ranks.fromFirst {
            let hasCheckpoint = try output.prepare(resume: resume)
            lock = try FolderLock(folder)
            if hasCheckpoint { try output.repairModel() }
            return hasCheckpoint
        }
        self.lock = lock
        if resume && !hasCheckpoint {
            observer(
                .warning("\(output.checkpointPath): there is none to continue from; training starts from the beginning")
            )
        }
        preparation = try TrainingPreparation(
            configuration, folder: folder, workers: workers, ranks: ranks, observer: observer)
        try Self.checkEquality(of: preparation, configuration, ranks)

        // 2. Where to start.
        let rules = preparation.rules
        state = try TrainingState(preparation.model, configuration.optimizer, rule: { rules($0) }, ranks: ranks)
        progress = Checkpoint.Progress()
        progress.configuration = try YAMLConfiguration.yaml(configuration.withoutStopping)
        progress.initialModel = preparation.initialFingerprint
        progress.data = preparation.dataFingerprint
        if hasCheckpoint {
            let kept = try Checkpoint.read(path: output.checkpointPath, resuming: progress, into: state)
            if kept.step > 0 { progress = kept }  // before the first step nothing is kept that does not come again
            observer(.message("continuing after step \(progress.step), epoch \(progress.epoch + 1)"))
        }

        // 3. Who computes, and who watches. A checkpoint from before an evaluation stands behind the last batch of an epoch.
        if ranks.isFirst {
            try output.write(configuration)
            try output.write(exclusions: preparation.exclusions)
            watch = try TrainingWatch(
                configuration.watch, warmupSteps: configuration.schedule.warmupSteps, output: output,
                from: .init(step: progress.step, isEvaluated: progress.batch == 0),
                observer: observer)
        } else {
            watch = nil
        }
        gradientWorkers = Self.gradientWorkers(configuration, state, rules, workers)
        selection = ModelSelection(
            configuration: configuration,
            evaluation: DevEvaluation(
                loader: preparation.devLoader, configuration: configuration.evaluation,
                lossConfiguration: configuration.loss, ranks: ranks),
            output: output, watch: watch, workers: workers, observer: observer, learned: preparation.learned,
            ranks: ranks)
        key = RandomKey(seed: configuration.seed).derived("training")
        stepCount = preparation.batchCount * configuration.stopping.epochs
        schedule = configuration.schedule.fitted(toStepCount: stepCount)
        if schedule.warmupSteps < configuration.schedule.warmupSteps {
            observer(
                .message(
                    "the learning rate rises over \(schedule.warmupSteps) of \(stepCount) steps: a fifth of the run, less than "
                        + "schedule.warmupSteps, \(configuration.schedule.warmupSteps)"))
        }
        hasStoppedEarly = progress.batch == 0 && selection.isOutOfPatience(progress)
    }

    /// Whether all epochs are done, or the dev error has not fallen for too long.
    var isDone: Bool { progress.epoch >= configuration.stopping.epochs || hasStoppedEarly }

    /// How well the model does that training begins with: if nothing is better, it stays.
    func evaluateInitialModel() throws {
        guard preparation.initialFingerprint != nil && progress.step == 0 else { return }
        try selection.evaluate(try state.result, &progress)
        try writeCheckpoint()
    }

    /// The steps that are left of the epoch.
    ///
    /// - Returns: nil at the end of the epoch; the outcome where `shouldStop` ended it.
    /// - Throws: `TrainingError` after too many steps without a finite gradient.
    func trainEpoch(shouldStop: () -> Bool) throws -> Trainer.Outcome? {
        let batches = preparation.sampler.batches(epoch: progress.epoch)
        // Of every batch only what this rank computes is read.
        let shares = batches.map { $0[GradientTree.share(ranks.rank, of: ranks.count, leafCount: $0.count)] }
        let reader = BatchReader(
            preparation.trainLoader, shares.map { Array($0) }, from: progress.batch, epoch: progress.epoch,
            trainingThreadCount: workers.threadCount)
        while progress.batch < batches.count {
            try step(
                batches[progress.batch], reader, firstOwn: shares[progress.batch].startIndex, batchCount: batches.count)
            guard skippedInARow < Self.skippedStepLimit else {
                throw TrainingError(
                    "\(skippedInARow) steps in a row had no finite gradient; the last good checkpoint and the best model "
                        + "are kept if there are any: train again with a lower schedule.peakLearningRate or a higher "
                        + "schedule.warmupSteps")
            }
            let isStopping = try ranks.any(shouldStop())
            let isSaved = try saveIfDue(isStopping: isStopping, isEpochEnd: progress.batch == batches.count)
            if isStopping { return isSaved ? .interrupted : .interruptedBetweenSkippedSteps(count: skippedInARow) }
        }
        return nil
    }

    /// Dev set and checkpoint after an epoch.
    func endEpoch() throws {
        // What reading took that is not kept; most of all in the first epoch.
        FreedMemory.giveBack()
        progress.epoch += 1
        progress.batch = 0
        let isLast = progress.epoch == configuration.stopping.epochs
        if isLast || progress.epoch % max(1, configuration.stopping.evaluationInterval) == 0 {
            try selection.evaluate(try state.result, &progress)
        }
        if skippedInARow == 0 || isLast {
            try writeCheckpoint()
            try selection.removeOthers(progress)
        }
        hasStoppedEarly = !isLast && selection.isOutOfPatience(progress)
    }

    /// The average of the best models may be better than each of them.
    func averageBestModels() throws {
        if try selection.averageBest(like: state.result, &progress) && skippedInARow == 0 { try writeCheckpoint() }
    }

    /// What computes the gradient of the parameters that learn in the next step.
    private static func gradientWorkers(
        _ configuration: TrainingConfiguration, _ state: TrainingState, _ rules: LearningRules, _ workers: WorkerPool
    ) -> GradientWorkers {
        let steps = state.optimizer.step
        return GradientWorkers(
            state.model.network.parameters, precision: configuration.precision.elementType,
            isFrozen: { rules.isFrozen($0, afterSteps: steps) },
            workers: workers, ranks: state.ranks, shares: state.ranks.areSeveral ? state.shares : nil)
    }

    /// Refuses ranks that have read other data or begin with other weights.
    private static func checkEquality(
        of preparation: TrainingPreparation, _ configuration: TrainingConfiguration, _ ranks: Ranks
    ) throws {
        guard ranks.areSeveral else { return }
        try ranks.check(
            Array(YAMLConfiguration.yaml(configuration).utf8),
            "have other settings than rank 0; give all ranks the same configuration and options")
        try ranks.check(
            Array(preparation.dataFingerprint.utf8),
            "read other training data than rank 0; all ranks must find the same files at the same paths")
        var weights = Fingerprint()
        let values = preparation.model.network.parameters.values
        for index in 0..<values.count { weights.add(UInt64(values.floats[index].bitPattern)) }
        try ranks.check(
            Array(weights.description.utf8),
            "begin with other weights than rank 0; initialization.model must be the same on all machines")
    }

    /// One step of the optimiser; one whose gradient is NaN or infinite is left out.
    ///
    /// - Parameter firstOwn: the first micro-batch of the batch that is this rank's.
    private func step(
        _ batch: BatchSampler.Batch, _ reader: BatchReader, firstOwn: Int, batchCount: Int
    ) throws {
        let start = ContinuousClock.now
        let (communication, waiting) = (ranks.communicationInSeconds, ranks.waitingInSeconds)
        let (loader, number) = (preparation.trainLoader, progress.batch)
        progress.step += 1
        let gradient = try gradientWorkers.gradient(
            microBatchCount: batch.count, key: key.derived(progress.step),
            computeLoss: state.model.network.microBatchLoss(
                tokenCount: loader.tokenCount(batch.flatMap { $0 }), configuration.loss
            ) { try reader.microBatch($0 - firstOwn, ofBatch: number) })
        let passes = Double(progress.epoch) + Double(progress.batch) / Double(batchCount)
        let learningRate =
            schedule.learningRate(step: progress.step, stepCount: stepCount)
            * configuration.stopping.cooldown(afterPasses: passes)
        let isFinite = gradient.norm.isFinite
        if isFinite {
            state.update(gradient.values, norm: gradient.norm, learningRate: learningRate, workers: workers)
            skippedInARow = 0
            if state.optimizer.step == preparation.rules.frozenStepCount {
                gradientWorkers = Self.gradientWorkers(configuration, state, preparation.rules, workers)
            }
        } else {
            skippedInARow += 1
            progress.skippedSteps += 1
        }
        progress.optimizerStep = state.optimizer.step
        progress.batch += 1
        try watch?.record(
            StepReport(
                step: progress.step, epoch: progress.epoch + 1, batch: progress.batch, batchCount: batchCount,
                epochCount: configuration.stopping.epochs, loss: gradient.loss.perToken(configuration.loss),
                ctcLoss: gradient.loss.ctcPerToken(configuration.loss), accuracy: gradient.loss.accuracy,
                learningRate: learningRate, gradientNorm: gradient.norm,
                audioInSeconds: batch.joined().reduce(0) {
                    $0 + configuration.model.frontend.durationInSeconds(frameCount: loader.frameCount($1))
                },
                durationInSeconds: (ContinuousClock.now - start).inSeconds, wasSkipped: !isFinite,
                communicationInSeconds: ranks.areSeveral ? ranks.communicationInSeconds - communication : nil,
                waitingInSeconds: ranks.areSeveral ? ranks.waitingInSeconds - waiting : nil))
    }

    /// Writes the checkpoint where it is time for one, or training stops. While steps are left out the weights may be what is
    /// wrong: the last good checkpoint stays.
    ///
    /// - Returns: Whether the checkpoint is that of the last step.
    private func saveIfDue(isStopping: Bool, isEpochEnd: Bool) throws -> Bool {
        // The first rank decides, by its clock and its folder.
        let isDue = try ranks.fromFirst {
            let minutes = (ContinuousClock.now - lastCheckpoint).inSeconds / 60
            let isWanted = isStopping || (!isEpochEnd && minutes >= configuration.checkpointMinutes)
            return isWanted && (skippedInARow == 0 || !output.hasCheckpoint)
        }
        guard isDue else { return false }
        try writeCheckpoint()
        return true
    }

    private func writeCheckpoint() throws {
        try Checkpoint.write(progress, state, to: output.checkpointPath)
        lastCheckpoint = .now
    }
}

extension Duration {
    /// As a number of seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
