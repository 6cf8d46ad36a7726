import FoundationEssentials
import Models
import Text

/// What stands in `config.json` of a language model.
public struct LanguageModelDescription: Codable, Sendable, Equatable {
    /// What predicts the next token.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Counts of token sequences.
        case ngram
        /// A recurrent network with gates.
        case lstm
        /// A Transformer that sees only what was before.
        case transformer
    }

    /// What a language model predicts.
    public enum Unit: String, Codable, Sendable, CaseIterable {
        case words
        case characters
        /// Pieces of words, as the recogniser writes them.
        case pieces
    }

    /// The version of this layout.
    public var formatVersion = Self.ngramVersion
    public var kind = Kind.ngram
    public var unit: Unit
    /// Characters that the recogniser writes, in the order of its vocabulary.
    public var characters: String
    /// Tokens of the longest n-grams; nil for a network.
    public var order: Int?
    /// The name of the ARPA file that it was imported from; nil: it was made from text.
    public var arpa: String?
    /// Lines of text, words and characters that it was made of; 0 for an import.
    public var lineCount: Int
    public var wordCount: Int
    public var characterCount: Int
    /// The sizes of a network; nil for n-grams.
    public var network: LanguageNetworkConfiguration?
    /// The vocabulary of a network: a short name for exactly the recogniser's tokens.
    public var vocabulary: String?
    /// Steps of the optimiser that a network has learned in.
    public var stepCount: Int?
    /// How well it predicts text that it has not seen; nil: not measured.
    public var perplexityPerCharacter: Double?
    public var perplexityPerWord: Double?

    /// The layout of n-grams, and the newest layout that this program reads and writes, which networks have.
    static let ngramVersion = 1
    public static let currentVersion = 2

    /// That of a folder; nil where it is no language model, or cannot be read.
    public static func read(_ directory: String) -> LanguageModelDescription? {
        guard let data = FileManager.default.contents(atPath: "\(directory)/config.json") else { return nil }
        return try? JSONDecoder().decode(LanguageModelDescription.self, from: data)
    }

    /// Of n-grams.
    init(unit: Unit, characters: String, order: Int) {
        self.unit = unit
        self.characters = characters
        self.order = order
        (lineCount, wordCount, characterCount) = (0, 0, 0)
    }

    /// Of a network for a recogniser.
    ///
    /// - Parameter vocabulary: of the recogniser; not that of a Whisper model
    public init(_ network: LanguageNetworkConfiguration, for vocabulary: ModelVocabulary) {
        let characters = String(String.UnicodeScalarView(vocabulary.characters?.characters ?? []))
        self.init(unit: vocabulary.bytePairs == nil ? .characters : .pieces, characters: characters, order: 0)
        order = nil
        formatVersion = Self.currentVersion
        kind = network.kind
        self.network = network
        self.vocabulary = vocabulary.fingerprint
    }
}
