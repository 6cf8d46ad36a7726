import Audio
import Configuration
import Datasets
import Models

/// Which utterances are learned from, and which tell how well.
public struct DataConfiguration: Codable, Sendable, Equatable {
    /// Labelled data to learn from.
    public var train: [DataSource] = []
    /// Labelled data that tells how well it goes: folders or manifest files.
    public var dev: [String] = []
    /// Characters that occur less often in the training text are not learned.
    public var minimumCharacterCount = 1
    /// Megabytes (of 10^6 bytes) of recordings that are kept in memory; what does not fit is kept in a file in the output folder, or
    /// read anew in each epoch. 0: a quarter of the machine's memory. What is learned does not depend on it.
    public var memoryLimit = 0
    /// Whether a Whisper model learns to write when an utterance begins and ends.
    public var timestamps = false

    public init() {}

    var memoryLimitInBytes: Int {
        memoryLimit > 0 ? memoryLimit * 1_000_000 : Int(MachineMemory.byteCount / 4)
    }
}

/// A part of a model that training may begin with.
public enum InitialPart: String, Codable, Sendable, CaseIterable {
    /// The convolutions before the encoder, and its layers.
    case encoder
    /// The layers of the decoder, without what belongs to its tokens.
    case decoder

    /// How the names of its parameters begin.
    var prefixes: [String] { self == .encoder ? ["subsampling", "encoder"] : ["decoder"] }
}

/// What training begins with.
public struct InitializationConfiguration: Codable, Sendable, Equatable {
    /// A model whose weights are taken over (fine-tuning), a folder or the name of a built-in one; empty: random weights.
    public var model = ""
    /// What is taken of it, under a new vocabulary of the characters of the training text; empty: all of it, with its vocabulary.
    public var parts: [InitialPart] = []
    /// With parts of a Whisper model: its tokens that the training text has at least so many times are the vocabulary, with their
    /// embeddings where the decoder is taken; 0: the characters of the training text are.
    public var minimumTokenCount = 0
    /// Text files, one sentence a line, whose tokens are counted too: the vocabulary then has words that nobody has labelled yet.
    public var vocabularyText: [String] = []
    /// Whether characters of that model stay in the vocabulary although the training text does not have them.
    public var keepsCharacters = true
    /// Beginnings of names of parameters that stay as they are: `encoder`, `subsampling`, `decoder.layers.0` ...
    public var frozen: [String] = []
    /// Steps after which they learn too; 0: never.
    public var frozenSteps = 0

    public init() {}

    /// The folder of `model`; nil: random weights.
    var directory: String? {
        get throws { model.isEmpty ? nil : try BuiltInModel.directory(for: model) }
    }
}

/// When training stops.
public struct StoppingConfiguration: Codable, Sendable, Equatable {
    /// Passes over the training data.
    public var epochs = 60
    /// Passes between two evaluations on the dev set.
    public var evaluationInterval = 1
    /// Evaluations without improvement of the dev character error rate before training stops; 0: never. A run with a cooldown goes on to its end.
    public var patience = 10
    /// Passes at the end over which the learning rate falls linearly to 0, whatever the schedule; 0: none. Hägele et al. 2024.
    public var cooldownEpochs = 0
    /// The best models of the evaluations that are kept in `best`, and whose average is tried at the end; 0: none.
    public var keepBest = 0

    public init() {}

    /// What the cooldown leaves of the learning rate after so many passes, the last of which may be unfinished.
    func cooldown(afterPasses passes: Double) -> Float {
        cooldownEpochs == 0 ? 1 : Float(min(1, (Double(epochs) - passes) / Double(cooldownEpochs)))
    }
}

/// How the dev set is transcribed while training goes on: by the same beam search as `asr transcribe`.
public struct EvaluationConfiguration: Codable, Sendable, Equatable, CustomStringConvertible {
    /// Hypotheses followed at once; 1: greedy search by the decoder alone, which judges a young model far too badly.
    public var beamSize = 4
    /// The share of CTC in the score of a hypothesis; greedy search has none.
    public var ctcWeight: Float = 0.2
    /// Utterances of the dev set that are transcribed, chosen by the seed once and for all; 0: all of them.
    public var maximumUtterances = 0

    public init() {}

    /// In the words of a model card.
    public var description: String {
        beamSize == 1 ? "greedy" : "beam \(beamSize), CTC weight \(ctcWeight)"
    }
}

/// Everything that decides what `asr train` does. Every value has a default.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    public var data = DataConfiguration()
    public var model = ModelConfiguration()
    public var initialization = InitializationConfiguration()
    public var batches = BatchConfiguration()
    public var augmentation = AugmentationConfiguration()
    public var loss = LossConfiguration()
    public var optimizer = AdamWConfiguration()
    public var schedule = LearningRateSchedule()
    public var stopping = StoppingConfiguration()
    public var evaluation = EvaluationConfiguration()
    public var precision = ComputationPrecision.float32
    /// The seed of everything random: the same seed gives the same weights, bit for bit, for any number of threads.
    public var seed: UInt64 = 1
    /// Minutes between two checkpoints within an epoch.
    public var checkpointMinutes = 10.0
    public var watch = WatchConfiguration()
    /// How many threads could work at once, before as many could as there are micro-batches.
    var gradientParts = RetiredSetting()

    public init() {}
}

/// A setting that is not there any more: files that name it can still be read, and the log says that it is ignored. It is never
/// written.
struct RetiredSetting: Codable, Sendable, Equatable {
    /// Whether a file names it, with whatever value.
    var isNamed = false
}

extension KeyedDecodingContainer {
    /// Preferred to the container's own `decode` by the synthesised decoding of a type with such a property.
    func decode(_: RetiredSetting.Type, forKey key: Key) throws -> RetiredSetting {
        RetiredSetting(isNamed: contains(key))
    }
}

extension KeyedEncodingContainer {
    /// Preferred to the container's own `encode` by the synthesised encoding of a type with such a property.
    mutating func encode(_: RetiredSetting, forKey key: Key) throws {}
}

extension TrainingConfiguration {
    /// The defaults, changed by a YAML file and then by `key=value` texts: see `YAMLConfiguration`.
    ///
    /// Where training begins with an existing model, the defaults of `model` are that model's; with a Whisper model as a whole, or one that writes
    /// pieces of words, those of losses, batches, optimiser and schedule are what suits it.
    ///
    /// - Parameter initialModel: the folder or name of that model; nil: as the file says.
    /// - Throws: `ConfigurationError`; `ModelError` for an initial model that cannot be read.
    public static func load(path: String?, overrides: [String], initialModel: String?) throws -> TrainingConfiguration {
        func read(_ defaults: TrainingConfiguration) throws -> TrainingConfiguration {
            var settings = try YAMLConfiguration.load(defaults, path: path, overrides: overrides)
            if let initialModel { settings.initialization.model = initialModel }
            return settings
        }
        let settings = try read(TrainingConfiguration())
        guard let directory = try settings.initialization.directory else { return settings }
        let initial = try SpeechModel.read(directory)
        let parts = settings.initialization.parts
        var defaults = TrainingConfiguration()
        if parts.isEmpty && initial.vocabulary.bytePairs != nil {
            defaults = initial.whisper != nil ? forWhisper : forPieces
        }
        defaults.model = defaults.model.taking(parts, from: initial.configuration)
        return try read(defaults)
    }

    /// The defaults for fine-tuning a Whisper model: its loss, which is the cross-entropy alone; steps of 16 utterances of 30 s; a low rate, so that it
    /// keeps what it knows.
    private static let forWhisper: TrainingConfiguration = {
        var configuration = TrainingConfiguration()
        configuration.loss.ctcWeight = 0
        configuration.loss.labelSmoothing = 0
        configuration.evaluation.ctcWeight = 0
        configuration.evaluation.beamSize = 1
        configuration.batches.maximumFramesPerBatch = 48_000
        configuration.batches.maximumFramesPerMicroBatch = 12_000
        configuration.optimizer.beta2 = 0.999
        configuration.optimizer.gradientClipNorm = 1
        configuration.schedule.kind = .cosine
        configuration.schedule.peakLearningRate = 1e-5
        configuration.schedule.warmupSteps = 50
        configuration.stopping.epochs = 3
        return configuration
    }()

    /// The defaults for a model that writes pieces of words, whose weights were Whisper's: the same, with batches of utterances that are not filled
    /// up to 30 s.
    private static let forPieces: TrainingConfiguration = {
        var configuration = forWhisper
        configuration.batches = TrainingConfiguration().batches
        // Its encoder has positions for 3,000, which a slower speed must not exceed.
        configuration.batches.maximumFrameCount = 2_600
        return configuration
    }()

    /// Without what may be changed when training goes on: how long it goes on, and what is written about it.
    var withoutStopping: TrainingConfiguration {
        var other = self
        other.stopping = StoppingConfiguration()
        if schedule.kind.dependsOnStepCount { other.stopping.epochs = stopping.epochs }
        other.checkpointMinutes = 0
        other.data.memoryLimit = 0
        other.watch = WatchConfiguration()
        return other
    }
}
