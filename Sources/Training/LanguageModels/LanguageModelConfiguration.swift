import Configuration
import Datasets
import LanguageModels
import Models

/// Which text a language model learns from, and which tells how well.
public struct TextConfiguration: Codable, Sendable, Equatable {
    /// Files to learn from, a sentence in each line.
    public var text: [String] = []
    /// Other files, that tell how well it goes; empty: every hundredth line of the text, up to 2,000 of them, is not learned from.
    public var dev: [String] = []

    public init() {}
}

/// How lines of text are cut into batches.
public struct TextBatchConfiguration: Codable, Sendable, Equatable {
    /// The budget of one step of the optimiser in tokens, padding included.
    public var tokensPerBatch = 8_192
    /// The budget of one micro-batch: what one thread holds in memory at a time.
    public var tokensPerMicroBatch = 4_096
    /// Tokens of the longest texts; longer lines are cut.
    public var longestText = 256
    /// Lines that are in memory at a time, sorted by length and mixed.
    public var linesPerBlock = 16_384

    public init() {}
}

/// When the training of a language model stops.
public struct TextStoppingConfiguration: Codable, Sendable, Equatable {
    /// Passes over the text.
    public var epochs = 1
    /// Steps after which training stops before that; 0: none.
    public var steps = 0
    /// Steps between two evaluations.
    public var evaluationInterval = 1_000

    public init() {}
}

/// Everything that decides what `asr train-lm` does where a network is trained. Every value has a default.
public struct LanguageModelConfiguration: Codable, Sendable, Equatable {
    public var data = TextConfiguration()
    public var lm: LanguageNetworkConfiguration
    public var batches = TextBatchConfiguration()
    public var optimizer = AdamWConfiguration()
    public var schedule = LearningRateSchedule()
    public var stopping = TextStoppingConfiguration()
    public var precision = ComputationPrecision.float32
    /// The seed of everything random: the same seed gives the same weights, bit for bit, for any number of threads.
    public var seed: UInt64 = 1
    /// Minutes between two checkpoints.
    public var checkpointMinutes = 10.0
    public var watch = WatchConfiguration()

    /// The usual settings for a kind of network.
    public init(_ kind: LanguageModelDescription.Kind) {
        lm = LanguageNetworkConfiguration(kind)
        optimizer.gradientClipNorm = 1
        optimizer.weightDecay = 0
        schedule.kind = .cosine
        schedule.peakLearningRate = kind == .transformer ? 0.001 : 0.002
        schedule.warmupSteps = 200
    }

    /// The defaults of a kind of network, changed by a YAML file and then by `key=value` texts: see `YAMLConfiguration`.
    ///
    /// - Parameter kind: the kind; nil: as file and texts say, and n-grams where they do not.
    /// - Throws: `ConfigurationError`.
    public static func load(path: String?, overrides: [String], kind: LanguageModelDescription.Kind?) throws
        -> LanguageModelConfiguration
    {
        func read(_ defaults: LanguageModelConfiguration) throws -> LanguageModelConfiguration {
            var settings = try YAMLConfiguration.load(defaults, path: path, overrides: overrides)
            if let kind { settings.lm.kind = kind }
            return settings
        }
        let wanted = try read(LanguageModelConfiguration(kind ?? .ngram)).lm.kind
        return try read(LanguageModelConfiguration(wanted))
    }

    /// - Throws: `TrainingError` or `LanguageModelError` for a setting that cannot work.
    func validate() throws {
        try lm.validate()
        for (name, value) in [
            ("batches.tokensPerBatch", batches.tokensPerBatch),
            ("batches.tokensPerMicroBatch", batches.tokensPerMicroBatch), ("batches.longestText", batches.longestText),
            ("batches.linesPerBlock", batches.linesPerBlock), ("stopping.epochs", stopping.epochs),
            ("stopping.evaluationInterval", stopping.evaluationInterval),
        ] {
            try SettingCheck.whole(name, value, 1...1_000_000_000)
        }
        try SettingCheck.whole("stopping.steps", stopping.steps, 0...Int.max)
        try optimizer.validate()
        try schedule.validate()
        try SettingCheck.isNotNegative("checkpointMinutes", checkpointMinutes)
        guard optimizer.averageDecay == 0, optimizer.rateFactors.isEmpty else {
            throw TrainingError(
                "optimizer.averageDecay and optimizer.rateFactors are for asr train; leave them out for a language model"
            )
        }
        try SettingCheck.isSupported(precision)
    }

    /// Without what may be changed when training goes on: how long it goes on, and what is written about it.
    var withoutStopping: LanguageModelConfiguration {
        var other = self
        other.stopping = TextStoppingConfiguration()
        if schedule.kind.dependsOnStepCount {
            (other.stopping.epochs, other.stopping.steps) = (stopping.epochs, stopping.steps)
        }
        other.checkpointMinutes = 0
        other.watch = WatchConfiguration()
        return other
    }
}
