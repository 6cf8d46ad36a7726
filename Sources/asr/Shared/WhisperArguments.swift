import ArgumentParser
import Models
import Recognition
import Text

extension WhisperTask: ExpressibleByArgument {}

/// How a Whisper model is asked to transcribe, by the flags that openai/whisper has.
struct WhisperArguments: ParsableArguments {
    @Option(help: "Write what is said (transcribe), or its English translation (translate).")
    var task = WhisperTask.transcribe

    @Option(help: ArgumentHelp("Prompt for the first window of 30 s, such as names or a style.", valueName: "text"))
    var initialPrompt = ""

    @Flag(help: "Use the initial prompt for every window of 30 s, not only the first.")
    var carryInitialPrompt = false

    @Flag(inversion: .prefixedNo, help: "Use the text before each window of 30 s as a prompt.")
    var conditionOnPreviousText = true

    @Flag(help: "Ask for text without timestamps; recordings are then cut every 30 s.")
    var withoutTimestamps = false

    @Flag(help: "Write the times of each word, in json.")
    var wordTimestamps = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --word-timestamps: skip silence longer than this next to words that look made up.", valueName: "s"))
    var hallucinationSilenceThreshold: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "0 searches for the most probable text; a higher value samples the text at random.", valueName: "t"))
    var temperature: Float = 0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How much the temperature rises, up to 1, each time a text is repetitive or improbable; 0: not at all.",
            valueName: "t"))
    var temperatureIncrementOnFallback: Float = 0.2

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many texts are sampled at a temperature above 0; the best is kept.", valueName: "n"))
    var bestOf = 5

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Beam search ends when it has this many times --beam-size complete texts.", valueName: "x"))
    var patience: Float = 1

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A text that zlib compresses by more than this factor is repetitive.", valueName: "x"))
    var compressionRatioThreshold = 2.4

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A text with a lower mean log probability is improbable.", valueName: "x"))
    var logprobThreshold = -1.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "A window of 30 s is silence if the model gives silence a probability above this, and its text is improbable.",
            valueName: "p"))
    var noSpeechThreshold = 0.6

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Ids of tokens that are never written, separated by commas; -1: symbols that are not spoken; \"\": none.",
            valueName: "list"))
    var suppressTokens = "-1"

    @Flag(
        help: ArgumentHelp(
            "Process only every fourth position of the padding to 30 s: faster, with nearly the same text."
        ))
    var fast = false

    func validate() throws {
        guard temperature >= 0, temperature <= 1 else { throw ValidationError("--temperature must be from 0 to 1.") }
        guard temperatureIncrementOnFallback >= 0, temperatureIncrementOnFallback <= 1 else {
            throw ValidationError("--temperature-increment-on-fallback must be from 0 to 1.")
        }
        guard (1...100).contains(bestOf) else { throw ValidationError("--best-of must be from 1 to 100.") }
        guard patience > 0, patience <= 100 else {
            throw ValidationError("--patience must be above 0 and at most 100.")
        }
        guard !compressionRatioThreshold.isNaN, !logprobThreshold.isNaN, !noSpeechThreshold.isNaN else {
            throw ValidationError("A threshold must be a number.")
        }
        if let threshold = hallucinationSilenceThreshold {
            guard threshold >= 0 else { throw ValidationError("--hallucination-silence-threshold must be 0 or more.") }
            guard wordTimestamps else {
                throw ValidationError("--hallucination-silence-threshold needs --word-timestamps.")
            }
        }
        _ = try suppressedTokens()
    }

    /// An option that is not what it is by default; nil where all are.
    func changedOption() throws -> String? {
        let other = try Self.parse([])
        let changes = [
            ("--task", task != other.task), ("--initial-prompt", initialPrompt != other.initialPrompt),
            ("--carry-initial-prompt", carryInitialPrompt != other.carryInitialPrompt),
            ("--no-condition-on-previous-text", conditionOnPreviousText != other.conditionOnPreviousText),
            ("--without-timestamps", withoutTimestamps != other.withoutTimestamps),
            ("--word-timestamps", wordTimestamps != other.wordTimestamps),
            ("--temperature", temperature != other.temperature),
            (
                "--temperature-increment-on-fallback",
                temperatureIncrementOnFallback != other.temperatureIncrementOnFallback
            ), ("--best-of", bestOf != other.bestOf), ("--patience", patience != other.patience),
            ("--compression-ratio-threshold", compressionRatioThreshold != other.compressionRatioThreshold),
            ("--logprob-threshold", logprobThreshold != other.logprobThreshold),
            ("--no-speech-threshold", noSpeechThreshold != other.noSpeechThreshold),
            ("--suppress-tokens", suppressTokens != other.suppressTokens), ("--fast", fast != other.fast),
        ]
        return changes.first(where: \.1)?.0
    }

    /// The options of the library.
    ///
    /// - Parameters:
    ///   - model: refuses what it cannot do.
    ///   - language: as `--language` says; nil: as it sounds.
    func options(for tokenizer: WhisperTokenizer, language: String?) throws -> WhisperOptions {
        var options = WhisperOptions()
        options.task = task
        options.language = try language.map { name in
            guard let language = WhisperLanguage(name) else {
                throw ValidationError(
                    "--language \(name): Whisper knows no such language; name it by its code, such as en.")
            }
            return language
        }
        options.hasTimestamps = !withoutTimestamps
        options.thinsPadding = fast
        options.temperatures = temperatures
        options.bestOf = bestOf
        options.patience = patience
        options.compressionRatioThreshold = compressionRatioThreshold
        options.logProbabilityThreshold = logprobThreshold
        options.noSpeechThreshold = noSpeechThreshold
        options.conditionsOnPreviousText = conditionOnPreviousText
        options.initialPrompt = initialPrompt
        options.hasWordTimes = wordTimestamps
        options.hallucinationSilenceThreshold = hallucinationSilenceThreshold
        options.carriesInitialPrompt = carryInitialPrompt
        options.suppressedTokens = try suppressedTokens().map { listed in
            guard let wrong = listed.first(where: { $0 >= tokenizer.count }) else { return listed }
            throw ValidationError("--suppress-tokens: there is no token \(wrong); the model has \(tokenizer.count).")
        }
        // What the model lacks is said before any audio is read.
        _ = try tokenizer.asking(for: task, in: options.language ?? .english, timestamps: true)
        return options
    }

    /// The first temperature, and those that are tried after it.
    private var temperatures: [Float] {
        if temperatureIncrementOnFallback == 0 { return [temperature] }
        // As numpy's arange(temperature, 1 + 1e-6, increment).
        let count = Int(((1 + 1e-6 - Double(temperature)) / Double(temperatureIncrementOnFallback)).rounded(.up))
        return (0..<max(1, count)).map { temperature + Float($0) * temperatureIncrementOnFallback }
    }

    /// nil: the model's own list.
    private func suppressedTokens() throws -> [Int]? {
        let words = suppressTokens.split(separator: ",")
        let numbers = words.compactMap { Int($0) }
        guard numbers.count == words.count, numbers.allSatisfy({ $0 >= -1 }) else {
            throw ValidationError(
                "--suppress-tokens \"\(suppressTokens)\": expected numbers with commas between them.")
        }
        return numbers.contains(-1) ? nil : numbers
    }
}
