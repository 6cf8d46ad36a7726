import Datasets
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
        /// `shouldStop` said so while steps were left out: the checkpoint is an earlier one, from before them.
        case interruptedBetweenSkippedSteps(count: Int)
    }

    /// Trains until the end, until the dev error stops falling, or until told to stop.
    ///
    /// - Parameter resume: go on from the checkpoint in the output folder; without, there must be none.
    /// - Throws: what is wrong with configuration, data or output folder.
    public func run(resume: Bool) throws -> Outcome {
        var configuration = configuration
        if configuration.gradientParts.isNamed {
            observer(.message("gradientParts is no longer a setting, and is ignored: every thread is used"))
            configuration.gradientParts = RetiredSetting()
        }
        try configuration.validate()
        let run = try TrainingRun(configuration, output: output, resume: resume, workers: workers, observer: observer)
        try run.evaluateInitialModel()
        while !run.isDone {
            if let outcome = try run.trainEpoch(shouldStop: shouldStop) { return outcome }
            try run.endEpoch()
        }
        try run.averageBestModels()
        return run.hasStoppedEarly ? .stoppedEarly : .finished
    }
}
