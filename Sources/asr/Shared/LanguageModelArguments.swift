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

    @Flag(help: "Do not use the language model in the model's folder.")
    var noLm = false

    func validate() throws {
        guard lmWeight.allSatisfy(\.isFinite), (lengthReward ?? 0).isFinite else {
            throw ValidationError("--lm-weight and --length-reward must be numbers.")
        }
        if noLm, !lm.isEmpty || !lmWeight.isEmpty {
            throw ValidationError("--no-lm cannot be used with --lm or --lm-weight.")
        }
        if !lmWeight.isEmpty, lmWeight.count != max(1, lm.count) {
            throw ValidationError("--lm-weight: \(lmWeight.count) weights for \(max(1, lm.count)) language models.")
        }
        if lm.count > 1, lmWeight.isEmpty { throw ValidationError("Several --lm need an --lm-weight each.") }
    }

    /// The language models that are to be used with a model.
    ///
    /// - Parameters:
    ///   - directory: of the model.
    ///   - beamSize: greedy search, with 1, uses none.
    func load(for model: SpeechModel, in directory: String, beamSize: Int) throws -> [WeightedLanguageModel] {
        guard model.whisper == nil else {
            guard lm.isEmpty, lmWeight.isEmpty, lengthReward == nil else {
                throw ValidationError(
                    "Language models are not for Whisper models, which know their languages: leave --lm out."
                )
            }
            return []
        }
        guard beamSize > 1 else {
            guard lm.isEmpty else { throw ValidationError("--lm needs a --beam-size of 2 or more.") }
            return []
        }
        let own = "\(directory)/\(LanguageModel.folderName)"
        let isThere = FileManager.default.fileExists(atPath: own)
        if lm.isEmpty, !isThere, !lmWeight.isEmpty {
            throw ValidationError("--lm-weight: there is no language model in \(directory); name one with --lm.")
        }
        let folders = lm.isEmpty && isThere && !noLm ? [own] : lm
        let usual = (model.description.languageModel ?? .usual).weight
        return try folders.enumerated().map { number, folder in
            WeightedLanguageModel(
                try LanguageModel(directory: folder, vocabulary: model.vocabulary),
                weight: lmWeight.isEmpty ? usual : lmWeight[number])
        }
    }

    /// The options of a search with language models.
    func complete(
        _ options: TranscriptionOptions, ctcWeight: Float?, with languageModels: [WeightedLanguageModel],
        for model: SpeechModel
    ) -> TranscriptionOptions {
        var options = options
        let settings = model.description.languageModel ?? .usual
        if !languageModels.isEmpty, ctcWeight == nil, let tuned = settings.ctcWeight { options.ctcWeight = tuned }
        options.lengthReward = lengthReward ?? (languageModels.isEmpty ? 0 : settings.lengthReward)
        return options
    }
}
