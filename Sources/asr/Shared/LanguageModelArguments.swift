import ArgumentParser
import FoundationEssentials
import LanguageModels
import Models
import Recognition

/// `--lm` and its weights, for every command that transcribes.
struct LanguageModelArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of a language model that helps the search, instead of the one in the model's folder; may be given several times.",
            valueName: "dir"))
    var lm: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Share of a language model in the score of a hypothesis, one for each --lm (default: the model's, or \(LanguageModelSettings.usual.weight)).",
            valueName: "w"))
    var lmWeight: [Float] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Reward for each token, because a language model favours short texts (default: the model's, or \(LanguageModelSettings.usual.lengthReward)).",
            valueName: "r"))
    var lengthReward: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Share of what the decoder itself has learned of the language, subtracted beside a language model; takes time (default: the model's, or 0).",
            valueName: "w"))
    var internalLmWeight: Float?

    @Flag(help: "Do not use the language model in the model's folder.")
    var noLm = false

    @Option(
        help: ArgumentHelp(
            "Folder of a language model that scores only the texts which the search has found, --beam-size of them; may be given several times.",
            valueName: "dir"))
    var rescoreLm: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Share of such a language model in the score of a text, one for each --rescore-lm (default: \(LanguageModelSettings.usual.weight)).",
            valueName: "w"))
    var rescoreLmWeight: [Float] = []

    func validate() throws {
        guard (lmWeight + rescoreLmWeight + [lengthReward ?? 0, internalLmWeight ?? 0]).allSatisfy(\.isFinite) else {
            throw ValidationError("The weights of language models and --length-reward must be finite numbers.")
        }
        if noLm, !lm.isEmpty || !lmWeight.isEmpty {
            throw ValidationError("--no-lm cannot be used with --lm or --lm-weight.")
        }
        if !lmWeight.isEmpty, lmWeight.count != max(1, lm.count) {
            throw ValidationError("--lm-weight: \(lmWeight.count) weights for \(max(1, lm.count)) language models.")
        }
        for (option, folders, weights) in [("lm", lm, lmWeight), ("rescore-lm", rescoreLm, rescoreLmWeight)]
        where folders.count > 1 && weights.isEmpty {
            throw ValidationError("Several --\(option) need an --\(option)-weight each.")
        }
        if !rescoreLmWeight.isEmpty, rescoreLmWeight.count != rescoreLm.count {
            throw ValidationError(
                "--rescore-lm-weight: \(rescoreLmWeight.count) weights for \(rescoreLm.count) --rescore-lm.")
        }
    }

    /// The language models that are to be used with a model.
    ///
    /// - Parameters:
    ///   - directory: of the model.
    ///   - beamSize: greedy search, with 1, uses none.
    func load(for model: SpeechModel, in directory: String, beamSize: Int) throws -> [WeightedLanguageModel] {
        guard model.whisper == nil else {
            guard lm.isEmpty, lmWeight.isEmpty, lengthReward == nil, internalLmWeight == nil, rescoreLm.isEmpty else {
                throw ValidationError(
                    "Language models are not for Whisper models, which know their languages: leave --lm out."
                )
            }
            return []
        }
        guard beamSize > 1 else {
            for (option, isGiven) in [
                ("--lm", !lm.isEmpty), ("--rescore-lm", !rescoreLm.isEmpty),
                ("--internal-lm-weight", internalLmWeight != nil),
            ] where isGiven {
                throw ValidationError("\(option) needs a --beam-size of 2 or more.")
            }
            return []
        }
        let own = "\(directory)/\(LanguageModel.folderName)"
        let isThere = FileManager.default.fileExists(atPath: own)
        if lm.isEmpty, !isThere, !lmWeight.isEmpty {
            throw ValidationError("--lm-weight: there is no language model in \(directory); name one with --lm.")
        }
        let folders = lm.isEmpty && isThere && !noLm ? [own] : lm
        if folders.isEmpty, internalLmWeight ?? 0 != 0 {
            throw ValidationError("--internal-lm-weight is for a search with a language model; name one with --lm.")
        }
        let usual = (model.description.languageModel ?? .usual).weight
        func load(_ folders: [String], _ weights: [Float], usual: Float, rescores: Bool) throws
            -> [WeightedLanguageModel]
        {
            try folders.enumerated().map { number, folder in
                WeightedLanguageModel(
                    try LanguageModel(directory: folder, vocabulary: model.vocabulary),
                    weight: weights.isEmpty ? usual : weights[number], rescores: rescores)
            }
        }
        return try load(folders, lmWeight, usual: usual, rescores: false)
            + load(rescoreLm, rescoreLmWeight, usual: LanguageModelSettings.usual.weight, rescores: true)
    }

    /// The options of a search with language models.
    func complete(
        _ options: TranscriptionOptions, ctcWeight: Float?, with languageModels: [WeightedLanguageModel],
        for model: SpeechModel
    ) -> TranscriptionOptions {
        var options = options
        // What was tuned, was tuned with a language model in the search.
        if languageModels.contains(where: { !$0.rescores }) { options.use(model.description.languageModel ?? .usual) }
        if let ctcWeight { options.ctcWeight = ctcWeight }
        if let lengthReward { options.lengthReward = lengthReward }
        if let internalLmWeight { options.internalLanguageModelWeight = internalLmWeight }
        return options
    }
}
