import Audio
import Recognition
import Tensors

/// Which utterances are learned from, and which tell how well.
public struct DataConfiguration: Codable, Sendable, Equatable {
    /// Labelled data: folders or manifest files.
    public var train: [String] = []
    public var dev: [String] = []
    /// Characters that occur less often in the training text are not learned.
    public var minimumCharacterCount = 1

    public init() {}
}

/// When training stops.
public struct StoppingConfiguration: Codable, Sendable, Equatable {
    /// Passes over the training data.
    public var epochs = 60
    /// Passes between two evaluations on the dev set.
    public var evaluationInterval = 1
    /// Evaluations without improvement of the dev character error rate before training stops; 0: never.
    public var patience = 10

    public init() {}
}

/// Everything that decides what `asr train` does. Every value has a default.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    public var data = DataConfiguration()
    public var model = ModelConfiguration()
    public var batches = BatchConfiguration()
    public var augmentation = AugmentationConfiguration()
    public var loss = LossConfiguration()
    public var optimizer = AdamWConfiguration()
    public var schedule = LearningRateSchedule()
    public var stopping = StoppingConfiguration()
    public var precision = ComputationPrecision.float32
    /// Partial gradients of a step that are added up at its end: how many threads can work at once. Another number gives
    /// other rounding, so it is part of the configuration.
    public var gradientParts = 4
    /// The seed of everything random: the same seed gives the same weights, bit for bit, for any number of threads.
    public var seed: UInt64 = 1
    /// Minutes between two checkpoints within an epoch.
    public var checkpointMinutes = 10.0

    public init() {}
}

extension TrainingConfiguration {
    /// Without what may be changed when training goes on: how long it goes on.
    var withoutStopping: TrainingConfiguration {
        var other = self
        if schedule.kind != .cosine { other.stopping = StoppingConfiguration() }
        other.checkpointMinutes = 0
        return other
    }

    /// Refuses what cannot work, before any data is read.
    func validate() throws {
        try model.validate()
        if data.train.isEmpty { throw TrainingError("no training data: name it with --train or data.train") }
        if data.dev.isEmpty { throw TrainingError("no dev data: name it with --dev or data.dev") }
        let positives: [(String, Double)] = [
            ("stopping.epochs", Double(stopping.epochs)),
            ("batches.maximumFramesPerBatch", Double(batches.maximumFramesPerBatch)),
            ("batches.maximumFramesPerMicroBatch", Double(batches.maximumFramesPerMicroBatch)),
            ("batches.bucketWidth", batches.bucketWidth), ("gradientParts", Double(gradientParts)),
            ("schedule.peakLearningRate", Double(schedule.peakLearningRate)),
        ]
        for (name, value) in positives where !(value > 0) {
            throw TrainingError("\(name) is \(value); it must be above 0")
        }
        for (name, value) in [("loss.ctcWeight", loss.ctcWeight), ("loss.labelSmoothing", loss.labelSmoothing)]
        where !(value >= 0 && value < 1) {
            throw TrainingError("\(name) is \(value); it must be at least 0 and below 1")
        }
        if precision == .bfloat16 && !ElementType.bfloat16.isSupported {
            throw TrainingError("precision: this processor has no bfloat16 products; use float32")
        }
    }
}
