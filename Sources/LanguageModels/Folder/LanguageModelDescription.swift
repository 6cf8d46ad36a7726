/// What stands in `config.json` of a language model.
public struct LanguageModelDescription: Codable, Sendable, Equatable {
    /// What predicts the next token.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Counts of token sequences.
        case ngram
    }

    /// What an n-gram is made of.
    public enum Unit: String, Codable, Sendable, CaseIterable {
        case words
        case characters
    }

    /// The version of this layout.
    public var formatVersion = Self.currentVersion
    public var kind = Kind.ngram
    public var unit: Unit
    /// Characters that the recogniser writes, in the order of its vocabulary.
    public var characters: String
    /// Tokens of the longest n-grams.
    public var order: Int
    /// Lines of text, words and characters that it was made of.
    public var lineCount: Int
    public var wordCount: Int
    public var characterCount: Int

    /// The layout that this program writes and reads.
    public static let currentVersion = 1
}
