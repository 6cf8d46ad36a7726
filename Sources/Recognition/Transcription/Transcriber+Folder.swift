import FoundationEssentials
import LanguageModels
import Models

extension Transcriber {
    /// A transcriber that does what `asr transcribe --model` does: with the language model in the model's folder, in the number format that the
    /// model is stored in, and with the built-in detector of speech.
    ///
    /// - Parameters:
    ///   - model: a model folder, the name of a built-in model, or a Whisper model of another program; nil: the model that `asr` uses where none
    ///     is named. Built-in models are looked for as `BuiltInModel` says: a program elsewhere sets the environment variable `ASR_MODELS`.
    ///   - change: sets other options than the usual ones; with a `voiceActivity.threshold` of 0 everything is heard, without a detector.
    /// - Throws: `ModelError`, `BuiltInModelError`, `LanguageModelError`.
    public convenience init(model: String? = nil, _ change: (inout TranscriptionOptions) -> Void = { _ in }) throws {
        let directory = try BuiltInModel.directory(for: model)
        let loaded = try SpeechModel.read(directory)
        var options = TranscriptionOptions(for: loaded)
        let own = "\(directory)/\(LanguageModel.folderName)"
        let hasLanguageModel = loaded.whisper == nil && FileManager.default.fileExists(atPath: own)
        let settings = loaded.description.languageModel ?? .usual
        if hasLanguageModel {
            options.use(settings)
        }
        change(&options)
        var languageModels: [WeightedLanguageModel] = []
        if hasLanguageModel, options.beamSize > 1 {
            let model = try LanguageModel(directory: own, vocabulary: loaded.vocabulary)
            languageModels = [WeightedLanguageModel(model, weight: settings.weight)]
        }
        self.init(
            model: loaded, options: options, languageModels: languageModels,
            detector: options.voiceActivity.threshold == 0 ? nil : try .builtIn())
    }
}

extension TranscriptionOptions {
    /// The usual options for a model: a model that is stored in 8 bits computes with whole numbers.
    public init(for model: SpeechModel) {
        self.init()
        if model.network.parameters.isStoredInBlocks { precision = .int8 }
    }

    /// Takes the weights of a search with a language model; that of the language model itself stands beside it.
    public mutating func use(_ settings: LanguageModelSettings) {
        lengthReward = settings.lengthReward
        internalLanguageModelWeight = settings.internalWeight ?? 0
        if let tuned = settings.ctcWeight { ctcWeight = tuned }
    }
}
