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

    /// Refuses what cannot work, before any data is read; messages name the key as it stands in the YAML file.
    func validate() throws {
        do { try model.validate() } catch { throw TrainingError("model.\(error)") }
        do { try augmentation.validate() } catch { throw TrainingError("augmentation.\(error)") }
        if data.train.isEmpty { throw TrainingError("no training data: name it with --train or data.train") }
        if data.dev.isEmpty { throw TrainingError("no dev data: name it with --dev or data.dev") }
        try check("data.minimumCharacterCount", data.minimumCharacterCount, 1...Int.max)
        try check("stopping.epochs", stopping.epochs, 1...1_000_000_000)
        try check("stopping.evaluationInterval", stopping.evaluationInterval, 1...Int.max)
        try check("stopping.patience", stopping.patience, 0...Int.max)
        try check("batches.maximumFramesPerBatch", batches.maximumFramesPerBatch, 1...Int.max)
        try check("batches.maximumFramesPerMicroBatch", batches.maximumFramesPerMicroBatch, 1...Int.max)
        try check("batches.minimumFrameCount", batches.minimumFrameCount, 0...Int.max)
        try check("batches.maximumFrameCount", batches.maximumFrameCount, 1...Int.max)
        try check("schedule.warmupSteps", schedule.warmupSteps, 0...Int.max)
        try check("gradientParts", gradientParts, 1...256)
        for (name, value) in [
            ("batches.bucketWidth", batches.bucketWidth), ("optimizer.epsilon", Double(optimizer.epsilon)),
            ("schedule.peakLearningRate", Double(schedule.peakLearningRate)),
        ] where !(value > 0 && value.isFinite) {
            throw TrainingError("\(name) is \(value); it must be above 0")
        }
        for (name, value) in [
            ("optimizer.weightDecay", Double(optimizer.weightDecay)),
            ("optimizer.gradientClipNorm", Double(optimizer.gradientClipNorm)),
            ("checkpointMinutes", checkpointMinutes),
        ] where !(value >= 0 && value.isFinite) {
            throw TrainingError("\(name) is \(value); it must not be negative")
        }
        for (name, value) in [
            ("loss.ctcWeight", Double(loss.ctcWeight)), ("loss.labelSmoothing", Double(loss.labelSmoothing)),
            ("optimizer.beta1", Double(optimizer.beta1)), ("optimizer.beta2", Double(optimizer.beta2)),
        ] where !(value >= 0 && value < 1) {
            throw TrainingError("\(name) is \(value); it must be at least 0 and below 1")
        }
        guard loss.intermediateCTCLayers.allSatisfy({ (1..<model.encoderLayerCount).contains($0) }) else {
            throw TrainingError(
                "loss.intermediateCTCLayers is \(loss.intermediateCTCLayers); it must be layers before the last, from 1 to "
                    + "\(model.encoderLayerCount - 1)")
        }
        guard (0...1).contains(loss.intermediateCTCWeight) else {
            throw TrainingError("loss.intermediateCTCWeight is \(loss.intermediateCTCWeight); it must be from 0 to 1")
        }
        guard (0...1).contains(schedule.finalFraction) else {
            throw TrainingError("schedule.finalFraction is \(schedule.finalFraction); it must be from 0 to 1")
        }
        if precision == .bfloat16 && !ElementType.bfloat16.isSupported {
            throw TrainingError("precision: this processor has no bfloat16 products; use float32")
        }
    }

    private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        if range.contains(value) { return }
        let expected =
            range.upperBound == .max
            ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw TrainingError("\(name) is \(value); it must be \(expected)")
    }
}
