import ArgumentParser
import Files
import Models
import Recognition
import Tensors

/// `--model`, for every command that uses one.
struct ModelOptions: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp(
            "Model folder, name of a built-in model, or a Whisper model of another program (default: \(BuiltInModel.name)).",
            valueName: "path"), completion: .custom { _, _, beginning in Self.completions(beginning) })
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Language that is spoken, such as en. A multilingual Whisper model detects it if it is not named; any other "
                + "model must be one for this language.", valueName: "code"))
    var language: String?

    /// What shells offer for `--model`: names of built-in models, and folders.
    private static func completions(_ beginning: String) -> [String] {
        let names = ((try? BuiltInModel.all()) ?? []).map(\.name).filter { $0 != VoiceActivityModel.builtInName }
        let folder = beginning.contains("/") ? String(beginning[...beginning.lastIndex(of: "/")!]) : ""
        let entries = SystemPath.entries(ofFolder: folder.isEmpty ? "." : folder) ?? []
        let folders = entries.filter { $0.isFolder && !$0.name.hasPrefix(".") }.map { "\(folder)\($0.name)/" }
        return (names + folders.sorted()).filter { $0.hasPrefix(beginning) }
    }

    /// Reads the model.
    func load() throws -> SpeechModel { try Self.load(model, language: language) }

    /// Reads the model of a folder, nil being the built-in one; another language than `language` is refused.
    static func load(_ directory: String?, language: String?) throws -> SpeechModel {
        let directory = try BuiltInModel.directory(for: directory)
        let loaded = try SpeechModel.read(directory)
        let known = loaded.configuration.language
        // Whisper is told the language.
        if loaded.whisper == nil, let language, language.lowercased() != known {
            throw ModelError(
                "\(directory): this is a model for \(known.isEmpty ? "an unnamed language" : "\"\(known)\""), not for "
                    + "\"\(language)\"; choose another --model or leave --language out")
        }
        return loaded
    }
}

/// How the search goes, for every command that transcribes.
struct DecodingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Hypotheses followed at once; 1 is greedy search.", valueName: "n"))
    var beamSize = 5

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Share of CTC in the score of a hypothesis, 0 to 1; greedy search has none (default: 0.2).", valueName: "w")
    )
    var ctcWeight: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Exponent of the length normalisation: 0 is none, a higher value favours longer texts.", valueName: "a"))
    var lengthPenalty: Float = 0

    @Option(
        help: ArgumentHelp(
            "Words and phrases that are expected, such as names, separated by commas.", valueName: "list"))
    var hotwords: String?

    @Option(help: ArgumentHelp("The same from a file, one per line.", valueName: "file"))
    var hotwordsFile: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Reward for each token of a hotword, in nats; a higher value finds more hotwords, but also where they were not said (default: 2 for a model that writes characters, 5 for others).",
            valueName: "x"))
    var hotwordBoost: Float?

    @Option(
        help: ArgumentHelp(
            "Number format of the computation (default: int8 for a model that is stored in 8 bits, float32 for others). float32 is used "
                + "if the processor has no bfloat16."))
    var precision: InferencePrecision?

    @OptionGroup var languageModels: LanguageModelArguments

    @OptionGroup(title: "Options for Whisper models") var whisper: WhisperArguments

    func validate() throws {
        guard (1...100).contains(beamSize) else { throw ValidationError("--beam-size must be from 1 to 100.") }
        guard (0...1).contains(ctcWeight ?? 0) else { throw ValidationError("--ctc-weight must be from 0 to 1.") }
        guard lengthPenalty >= 0, lengthPenalty.isFinite else {
            throw ValidationError("--length-penalty must be a number, 0 or more.")
        }
        guard (hotwordBoost ?? 0) >= 0, (hotwordBoost ?? 0).isFinite else {
            throw ValidationError("--hotword-boost must be a number, 0 or more.")
        }
        if hotwords != nil || hotwordsFile != nil, beamSize == 1 {
            throw ValidationError("--hotwords need a beam: leave --beam-size 1 out.")
        }
    }

    /// The options of the library for any model; a precision that the processor does not have gives way, with a warning.
    func makeOptions() -> TranscriptionOptions {
        var options = TranscriptionOptions()
        options.beamSize = beamSize
        if let ctcWeight { options.ctcWeight = ctcWeight }
        options.lengthPenalty = lengthPenalty
        if let precision { options.precision = precision.supported("--precision") }
        return options
    }

    /// - Throws: `TextFileError` for a file that cannot be read.
    private func listedHotwords() throws -> [String] {
        var phrases = hotwords?.split(separator: ",").map(String.init) ?? []
        guard let hotwordsFile else { return phrases }
        let lines = try TextLines(path: hotwordsFile)
        while let line = try lines.next() { phrases.append(line.string) }
        return phrases
    }

    /// The same with what only this model understands.
    ///
    /// - Throws: `ValidationError` for what the model cannot do, and for an option that means nothing to it.
    func options(
        _ options: TranscriptionOptions, for model: SpeechModel, language: String?
    ) throws -> TranscriptionOptions {
        var options = options
        if precision == nil { options.precision = TranscriptionOptions(for: model).precision }
        if let ctcWeight, ctcWeight > 0, !model.configuration.hasCTCOutput {
            throw ValidationError("--ctc-weight: this model has no CTC output; leave it out.")
        }
        options.hotwords = try listedHotwords()
        options.hotwordBoost = hotwordBoost
        guard let tokenizer = model.whisper else {
            guard let option = try whisper.changedOption() else { return options }
            throw ValidationError("\(option) is for Whisper models, and this model is none; leave it out.")
        }
        options.whisper = try whisper.options(for: tokenizer, language: language)
        return options
    }

    /// A transcriber of a model with its language models.
    ///
    /// - Parameters:
    ///   - name: as `--model` names it.
    ///   - common: what `makeOptions` gave, once for all models.
    ///   - detector: what finds speech in recordings; nil: everything is heard.
    ///   - change: what the command asks for beyond the options.
    /// - Throws: as `options`; `LanguageModelError`.
    func transcriber(
        for model: SpeechModel, named name: String?, language: String?, _ common: TranscriptionOptions,
        detector: VoiceActivityModel? = nil, change: (inout TranscriptionOptions) -> Void = { _ in }
    ) throws -> Transcriber {
        let fused = try languageModels.load(
            for: model, in: try BuiltInModel.directory(for: name), beamSize: beamSize)
        var options = languageModels.complete(
            try options(common, for: model, language: language), ctcWeight: ctcWeight, with: fused, for: model)
        change(&options)
        return Transcriber(model: model, options: options, languageModels: fused, detector: detector)
    }
}
