import ArgumentParser
import LanguageModels
import Models

/// `asr model`: what is in a model folder, and models made of others.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "List, inspect, average, convert, import and export models.",
        subcommands: [
            ModelListCommand.self, ModelInfoCommand.self, ModelAverageCommand.self, ModelConvertCommand.self,
            ModelImportCommand.self,
            ModelExportCommand.self,
        ], defaultSubcommand: ModelListCommand.self, aliases: ["models"])
}

/// `asr model info`: configuration, size, how it was trained.
struct ModelInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show configuration, size, and how a model was trained.")

    @Argument(
        help: ArgumentHelp(
            "Model folder, or name of a built-in model (default: \(BuiltInModel.name)).", valueName: "dir"))
    var directory: String?

    @Flag(help: "Print one JSON object and nothing else.")
    var json = false

    func run() throws {
        let directory = try BuiltInModel.directory(for: directory)
        if let languageModel = LanguageModelDescription.read(directory) {
            if json { return try printJSON(languageModel) }
            return Self.show(languageModel, directory)
        }
        let model = try SpeechModel.read(directory)
        let info = Info(
            directory: directory, parameters: model.network.parameters.parameterCount,
            tokens: model.tokenizer.count, fingerprint: model.fingerprint, model: model.configuration,
            training: model.description.training)
        if json { try printJSON(info) } else { info.show() }
    }

    private static func show(_ model: LanguageModelDescription, _ directory: String) {
        print("language model   \(directory)")
        if let network = model.network {
            print("network          \(model.kind.rawValue), \(network.layers) layers of \(network.dimension)")
        } else {
            print("n-grams          of \(model.unit.rawValue), order \(model.order ?? 0)")
        }
        if let arpa = model.arpa {
            print("imported from    \(arpa)")
        } else {
            print(
                "text             \(model.lineCount) lines, \(model.wordCount) words, \(model.characterCount) characters"
            )
        }
        if let steps = model.stepCount { print("steps            \(steps)") }
        if let ofCharacters = model.perplexityPerCharacter, let ofWords = model.perplexityPerWord {
            print("dev perplexity   \(fixed(ofCharacters, 3)) per character, \(fixed(ofWords, 1)) per word")
        }
    }

    private struct Info: Encodable {
        let directory: String
        let parameters: Int
        let tokens: Int
        let fingerprint: String
        let model: ModelConfiguration
        let training: SpeechModel.TrainingSummary?

        func show() {
            let transformer = model.transformer
            print("model            \(directory)")
            print("fingerprint      \(fingerprint)")
            print("parameters       \(parameters)")
            print("features         \(model.frontend)")
            print(
                "encoder          \(model.encoderLayerCount) layers (\(model.encoder.layer.rawValue)), subsampling by "
                    + "\(model.subsamplingFactor)")
            print(
                "decoder          \(model.decoderLayerCount) layers (\(model.decoder.layer.rawValue)), \(tokens) tokens"
            )
            print(
                "dimension        \(transformer.modelDimension)"
                    + (model.hasAttentionHeads
                        ? ", \(transformer.headCount) heads, feed-forward \(transformer.feedForwardDimension), "
                            + "\(transformer.activation.rawValue), \(transformer.normalization.rawValue)-norm" : ""))
            print("labels           \(model.labelNormalizer.rawValue)")
            print("language         \(model.language.isEmpty ? "not named" : model.language)")
            guard let training else { return print("training         unknown") }
            print("training         \(fixed(training.hours, 2)) h, \(training.utteranceCount) utterances")
            if let longest = training.longestUtteranceInSeconds {
                print("longest          \(fixed(longest, 1)) s; longer recordings are cut where they are quiet")
            }
            print("steps            \(training.steps) in \(training.epochs) epochs")
            if let count = training.averagedModelCount { print("average          of \(count) models") }
            if let rate = training.devWordErrorRate { print("dev WER          \(percent(rate))") }
            if let rate = training.devCharacterErrorRate { print("dev CER          \(percent(rate))") }
        }
    }
}
