import ArgumentParser
import Datasets
import LanguageModels
import Models
import Synchronization
import Tensors
import Text
import Training

extension LanguageModelDescription.Unit: ExpressibleByArgument {
    /// What n-grams can be made of.
    public static var allValueStrings: [String] { [words, characters].map(\.rawValue) }
    public init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(rawValue: argument)
    }
}
extension LanguageModelDescription.Kind: ExpressibleByArgument {}

/// `asr train-lm`: a language model from text.
struct TrainLanguageModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-lm",
        abstract: "Train a language model on text, or import one, to improve a recogniser's spelling.",
        discussion: """
            Example: asr train-lm --text books.txt.gz news.txt --vocabulary my-model --output my-language-model

            Text files have one sentence per line, in UTF-8, compressed with gzip or not. They are read as streams: memory does not grow \
            with them. Lines are brought into the form that the recogniser writes (lower case without punctuation, for example). \
            asr transcribe --lm DIR --lm-weight W uses the language model.

            asr train-lm --from-arpa words.arpa --vocabulary my-model --output my-language-model imports an ARPA file of KenLM or SRILM instead.

            n-grams are counted in seconds. --kind lstm and --kind transformer train a network, which uses a longer context and takes longer: \
            the output folder holds the best network so far and a checkpoint, Ctrl-C saves it, and the same command with --resume \
            continues. Every setting has a default (--config, --set lm.layers=2): training.yaml in the output folder shows them all.
            """)

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Text files, one sentence per line (data.text).", valueName: "file"))
    var text: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Held-out text whose perplexity is measured (data.dev; default: none for n-grams; for a network, every hundredth line of the text is held out).",
            valueName: "file"))
    var dev: [String] = []

    @Option(
        help: ArgumentHelp(
            "The recogniser that will use it: a model folder, or the name of a built-in model.", valueName: "model"))
    var vocabulary: String

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The folder to create.", valueName: "dir"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "What predicts the next token: ngram, counts of token sequences; lstm, a recurrent network; transformer, a Transformer over the preceding tokens (lm.kind; default: ngram).",
            valueName: "kind"))
    var kind: LanguageModelDescription.Kind?

    @OptionGroup(title: "Options for n-grams") var ngrams: NGramArguments

    @OptionGroup(title: "Options for networks") var networks: NetworkArguments

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        var settings = try LanguageModelConfiguration.load(
            path: networks.config, overrides: networks.overrides, kind: kind)
        if !text.isEmpty { settings.data.text = text }
        if !dev.isEmpty { settings.data.dev = dev }
        guard ngrams.fromARPA == nil || settings.data.text.isEmpty else {
            throw ValidationError(
                "--from-arpa takes its n-grams from that file; it cannot be used with --text (or data.text).")
        }
        guard ngrams.fromARPA != nil || !settings.data.text.isEmpty else {
            throw ValidationError(
                "Name text to learn from with --text (or data.text in --config), or an ARPA file with --from-arpa.")
        }
        let model = try ModelOptions.load(vocabulary, language: nil)
        guard let characters = model.vocabulary.characters else {
            throw ValidationError(
                "--vocabulary \(vocabulary): language models are not for Whisper models; name another recogniser.")
        }
        guard settings.lm.kind == .ngram else {
            guard !ngrams.isUsed else {
                throw ValidationError(
                    "--unit, --order, --prune, --minimum-word-count, --arpa and --from-arpa are for n-grams, not for --kind \(settings.lm.kind.rawValue)."
                )
            }
            return try train(settings, for: model)
        }
        guard !networks.resume else {
            throw ValidationError(
                "--resume is for networks: n-grams are counted in one go; remove \(output) to count again.")
        }
        if let path = ngrams.fromARPA {
            try importARPA(path, for: model, characters)
        } else {
            try count(settings.data, for: model, characters)
        }
        try measure(settings.data.dev, for: model)
    }

    /// n-grams.
    private func count(_ data: TextConfiguration, for model: SpeechModel, _ characters: Vocabulary) throws {
        let options = try ngrams.options(hasSpaces: characters.characters.contains(" "))
        let training = NGramTraining(options, vocabulary: characters, output: output) { printError($0) }
        let result = try training.run(
            TrainingText(paths: data.text, normalizer: model.configuration.labelNormalizer))
        if let summary = result.unknown.summary { printWarning(summary) }
        show(result.files)
    }

    /// n-grams that somebody else has counted.
    private func importARPA(_ path: String, for model: SpeechModel, _ characters: Vocabulary) throws {
        let unit = ngrams.unit(hasSpaces: characters.characters.contains(" "))
        let result = try ARPAImport(
            unit, vocabulary: characters, normalizer: model.configuration.labelNormalizer, output: output
        ).run(path)
        if let summary = result.renamingSummary { printError(summary) }
        if let summary = result.leftOutSummary { printWarning(summary) }
        if !result.hasUnknown {
            printWarning(
                "\(path) has no <unk>, or one of probability 0: \(unit.rawValue) that it lacks will hardly ever be written"
            )
        }
        show(result.files)
    }

    private func show(_ files: [NGramFile]) {
        for file in files {
            let counts = file.counts.map(String.init).joined(separator: " + ")
            printError("wrote \(output)/\(file.name): \(counts) n-grams, \(fixed(Double(file.byteCount) / 1e6, 1)) MB")
        }
    }

    /// The perplexity of n-grams.
    private func measure(_ dev: [String], for model: SpeechModel) throws {
        guard !dev.isEmpty else { return }
        let perplexity = try LanguageModel(directory: output, vocabulary: model.vocabulary).perplexity(
            of: TrainingText(paths: dev, normalizer: model.configuration.labelNormalizer), model.vocabulary,
            workers: WorkerPool(threadCount: threading.count))
        printError(
            "dev perplexity \(fixed(perplexity.perCharacter, 3)) per character, \(fixed(perplexity.perWord, 1)) per word"
        )
    }

    /// A network.
    private func train(_ settings: LanguageModelConfiguration, for model: SpeechModel) throws {
        var settings = settings
        settings.precision = settings.precision.supported("precision")
        let progress = TrainingProgress()
        let hasStepped = Atomic<Bool>(false)
        Interruption.catchSignals()
        let training = try LanguageModelTraining(
            settings, for: model.vocabulary, normalizer: model.configuration.labelNormalizer, output: output,
            threadCount: threading.count,
            observer: { event in
                progress.show(event)
                if case .step = event { hasStepped.store(true, ordering: .relaxed) }
            }, shouldStop: { Interruption.isRequested })
        let result = Result { try training.run(resume: networks.resume) }
        progress.finish()
        // Of a run that failed too: the curves may show why.
        let verdict = hasStepped.load(ordering: .relaxed) ? TrainingReport.writeIfPossible(output, what: "curves") : nil
        try result.get().throwIfInterrupted(output: output)
        if let verdict { printError(verdict.line) }
        printError("finished: the language model is in \(output)")
    }
}

/// What a user may choose of n-grams.
struct NGramArguments: ParsableArguments {
    @Option(help: "What n-grams are made of (default: words where the recogniser writes spaces, otherwise characters).")
    var unit: LanguageModelDescription.Unit?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tokens of the longest n-grams (default: 3 for words, 8 for characters).", valueName: "n"))
    var order: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Leave out n-grams that occur no more often than this: a number for each order, with commas between them; the last one holds "
                + "for all orders above (default: 0,0,1).", valueName: "list"))
    var prune: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Words that occur less often are spelled as unknown words are (default: 2).", valueName: "n"))
    var minimumWordCount: Int?

    @Flag(help: "Write ARPA files beside, for KenLM and SRILM.")
    var arpa = false

    @Option(
        name: .customLong("from-arpa"),
        help: ArgumentHelp(
            "Use the n-grams of this ARPA file of KenLM or SRILM (compressed with gzip or not) instead of counting those of --text.",
            valueName: "file"))
    var fromARPA: String?

    func validate() throws {
        guard fromARPA == nil || (order == nil && prune == nil && minimumWordCount == nil && !arpa) else {
            throw ValidationError(
                "--from-arpa takes n-grams as they are; it cannot be used with --order, --prune, --minimum-word-count or --arpa."
            )
        }
        if let order, !(2...32).contains(order) { throw ValidationError("--order must be from 2 to 32.") }
        guard (minimumWordCount ?? 1) >= 1 else { throw ValidationError("--minimum-word-count must be 1 or more.") }
        _ = try pruning()
    }

    /// Whether any of them is given.
    var isUsed: Bool {
        unit != nil || order != nil || prune != nil || minimumWordCount != nil || arpa || fromARPA != nil
    }

    /// - Parameter hasSpaces: whether the recogniser writes spaces.
    func unit(hasSpaces: Bool) -> LanguageModelDescription.Unit { unit ?? (hasSpaces ? .words : .characters) }

    /// - Parameter hasSpaces: whether the recogniser writes spaces.
    func options(hasSpaces: Bool) throws -> NGramTraining.Options {
        var options = NGramTraining.Options()
        options.unit = unit(hasSpaces: hasSpaces)
        options.order = order ?? (options.unit == .words ? 3 : 8)
        if let pruning = try pruning() { options.pruning = pruning }
        if let minimumWordCount { options.minimumWordCount = minimumWordCount }
        options.writesARPA = arpa
        return options
    }

    private func pruning() throws -> [Int]? {
        guard let prune else { return nil }
        let numbers = prune.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let values = numbers.compactMap(\.self)
        guard values.count == numbers.count, values.allSatisfy({ $0 >= 0 }), values.first == 0,
            values == values.sorted()
        else {
            throw ValidationError(
                "--prune \"\(prune)\": expected numbers that do not fall, with commas between them, the first one 0.")
        }
        return values
    }
}

/// What a user may choose of the training of a network.
struct NetworkArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File of settings in YAML; a setting that it does not name has its default.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Change one setting, for example stopping.epochs=3. May be given several times.", valueName: "key=value"))
    var overrides: [String] = []

    @Flag(help: "Continue from the checkpoint in the output folder.")
    var resume = false
}
