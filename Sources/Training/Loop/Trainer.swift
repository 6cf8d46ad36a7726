import Datasets
import MessagePassing
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
    private let ranks: Ranks

    /// - Parameters:
    ///   - output: the model folder that is made.
    ///   - threadCount: threads to use; the result does not depend on it.
    ///   - observer: is told what happens, from any thread.
    ///   - shouldStop: asked after every step; true saves and returns.
    ///   - communicator: processes that train the model together; the result does not depend on how many there are. The one of rank 0
    ///     writes, and its observer is told what happens. Where one of them stops or fails all do.
    public init(
        _ configuration: TrainingConfiguration, output: String, threadCount: Int,
        observer: @escaping @Sendable (TrainingEvent) -> Void, shouldStop: @escaping @Sendable () -> Bool = { false },
        communicator: any Communicator = SingleProcess()
    ) {
        self.configuration = configuration
        self.output = output
        workers = WorkerPool(threadCount: threadCount)
        ranks = Ranks(communicator)
        self.observer = communicator.rank == 0 ? observer : Self.silent
        self.shouldStop = shouldStop
    }

    private static let silent: @Sendable (TrainingEvent) -> Void = { _ in }

    /// How a run ended.
    public enum Outcome: Sendable, Equatable {
        /// All epochs were done.
        case finished
        /// The dev error did not fall any more.
        case stoppedEarly
        /// `shouldStop` said so; the checkpoint is written.
        case interrupted
        /// `shouldStop` said so while steps were left out: the checkpoint is an earlier one, from before them.
        case interruptedBetweenSkippedSteps(count: Int)
    }

    /// Trains until the end, until the dev error stops falling, or until told to stop.
    ///
    /// - Parameter resume: go on from the checkpoint in the output folder; without, there must be none.
    /// - Throws: what is wrong with configuration, data or output folder.
    public func run(resume: Bool) throws -> Outcome {
        do {
            let outcome = try train(resume: resume)
            try ranks.meet()
            return outcome
        } catch {
            throw ranks.tell(error)
        }
    }

    private func train(resume: Bool) throws -> Outcome {
        var configuration = configuration
        if configuration.gradientParts.isNamed {
            observer(.message("gradientParts is no longer a setting, and is ignored: every thread is used"))
            configuration.gradientParts = RetiredSetting()
        }
        try configuration.validate()
        if ranks.areSeveral {
            observer(.message("\(ranks.count) ranks train together"))
            try ranks.check(
                MachineProbe.fingerprint(configuration),
                "compute other bits than rank 0, whose processor has other instructions; name those that all have with --kernels avx2, "
                    + "or use machines of one kind")
        }
        let run = try TrainingRun(
            configuration, output: output, resume: resume, workers: workers, ranks: ranks, observer: observer)
        try run.evaluateInitialModel()
        while !run.isDone {
            if let outcome = try run.trainEpoch(shouldStop: shouldStop) { return outcome }
            try run.endEpoch()
        }
        try run.averageBestModels()
        return run.hasStoppedEarly ? .stoppedEarly : .finished
    }
}
