import FoundationEssentials
import Models

/// The `README.md` of a trained model: what it is, what it was trained on, how well it does.
enum ModelCard {
    static func file(
        _ model: SpeechModel, _ summary: SpeechModel.TrainingSummary, _ configuration: TrainingConfiguration
    ) -> (name: String, content: Data) {
        let sizes = model.configuration
        func percent(_ rate: Double?) -> String { rate.map { "\(($0 * 1_000).rounded() / 10) %" } ?? "not measured" }
        let sources = configuration.data.train
            .map { $0.weight == 1 ? $0.path : "\($0.path) (weight \($0.weight))" }.joined(separator: ", ")
        let normalizer = model.scoringNormalizer()
        let normalization = normalizer == .none ? "labels as normalised for training" : "\(normalizer) normaliser"
        var rows = ""
        if !configuration.initialization.model.isEmpty {
            rows += "| fine-tuned from | \(configuration.initialization.model) |\n"
        }
        if let longest = summary.longestUtteranceInSeconds {
            rows +=
                "| longest utterances | \((longest * 10).rounded() / 10) s; longer recordings are cut where they are quiet |\n"
        }
        if let count = summary.averagedModelCount { rows += "| average | of the \(count) best models of the run |\n" }
        let dimensions =
            sizes.hasAttentionHeads
            ? "| model dimension, heads, feed-forward | \(sizes.transformer.modelDimension), \(sizes.transformer.headCount), "
                + "\(sizes.transformer.feedForwardDimension) |"
            : "| model dimension | \(sizes.transformer.modelDimension) |"
        let text = """
            # Speech recognition model

            Made by `asr train`; use it with `asr transcribe --model DIR FILE...`.

            | | |
            |---|---|
            | parameters | \(model.network.parameters.parameterCount) |
            | encoder, decoder layers | \(sizes.encoderLayerCount) (\(sizes.encoder.layer.rawValue)), \(sizes.decoderLayerCount) (\(sizes.decoder.layer.rawValue)) |
            \(dimensions)
            | features | \(sizes.frontend.description) |
            | tokens | \(model.tokenizer.count) |
            | training data | \(summary.utteranceCount) utterances, \((summary.hours * 100).rounded() / 100) h: \(sources) |
            \(rows)| steps, epochs | \(summary.steps), \(summary.epochs) |
            | dev data | \(configuration.data.dev.joined(separator: ", ")) |
            | dev word error rate (\(configuration.evaluation), \(normalization)) | \(percent(summary.devWordErrorRate)) |
            | dev character error rate | \(percent(summary.devCharacterErrorRate)) |

            The complete configuration is in `training.yaml`.

            """
        return ("README.md", Data(text.utf8))
    }
}
