import LanguageModels

/// The `README.md` of a network that was trained as a language model: what it is, and how well it predicts.
enum LanguageModelCard {
    static func text(
        _ description: LanguageModelDescription, _ configuration: LanguageModelConfiguration, parameterCount: Int
    ) -> String {
        func rounded(_ value: Double?) -> String {
            value.map { "\(($0 * 1_000).rounded() / 1_000)" } ?? "not measured"
        }
        let (network, dev) = (configuration.lm, configuration.data.dev)
        return """
            # Language model

            Made by `asr train-lm`; use it with `asr transcribe --lm DIR FILE...`.

            | | |
            |---|---|
            | kind | \(network.kind.rawValue), \(network.layers) layers of \(network.dimension) |
            | parameters | \(parameterCount) |
            | text | \(description.wordCount) words, \(description.characterCount) characters: \(configuration.data.text.joined(separator: ", ")) |
            | steps | \(description.stepCount ?? 0) |
            | dev text | \(dev.isEmpty ? "every hundredth line" : dev.joined(separator: ", ")) |
            | perplexity of a character, of a word | \(rounded(description.perplexityPerCharacter)), \(rounded(description.perplexityPerWord)) |

            The complete configuration is in `training.yaml`.

            """
    }
}
