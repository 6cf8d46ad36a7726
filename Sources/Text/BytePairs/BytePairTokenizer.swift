/// A tokenizer of pieces of words: byte-level tokens, such as the frequent ones of Whisper's vocabulary, then five special tokens.
///
/// The first word of a text has a space before it like every other.
public struct BytePairTokenizer: Tokenizer, Equatable {
    /// What stands behind the ordinary tokens, in the order of their numbers.
    private enum Special: Int, CaseIterable {
        case blank, padding, start, end
        /// The second token of the start: Whisper's decoder expects two.
        case text

        var name: String { "<\(self)>" }
    }

    /// The tokens, the special ones last.
    public let vocabulary: BytePairVocabulary

    /// - Parameter tokens: the ordinary tokens, in the order of their ranks.
    /// - Throws: `VocabularyError` if a token occurs twice or is too long, or a single byte is no token.
    public init(tokens: some Sequence<[UInt8]>) throws(VocabularyError) {
        vocabulary = try BytePairVocabulary(tokens: tokens, specialNames: Special.allCases.map(\.name))
    }

    private func number(_ special: Special) -> Int { vocabulary.ordinaryCount + special.rawValue }

    public var count: Int { vocabulary.count }
    /// The token of CTC that stands for no piece.
    public var blank: Int? { number(.blank) }
    /// Two tokens, as Whisper has "start of transcript" and "no timestamps".
    public var startSequence: [Int] { [number(.start), number(.text)] }
    public var endOfSentence: Int { number(.end) }
    public var suppressedTokens: Set<Int> { [number(.blank), number(.padding)] }

    /// The characters of all pieces that are longer than a byte, which are what the texts had from which the pieces were chosen.
    var characters: Vocabulary {
        let longer = (0..<vocabulary.ordinaryCount).lazy.filter { vocabulary.bytes(of: $0).count > 1 }
        return Vocabulary(texts: longer.compactMap { String(validating: vocabulary.bytes(of: $0), as: UTF8.self) })
    }

    public func tokens(of text: String) -> [Int] { vocabulary.tokens(of: text) }

    /// The text behind a space.
    public func label(of text: String, durationInSeconds: Double) -> [Int] {
        text.isEmpty ? [] : tokens(of: " " + text)
    }

    /// The text of tokens, with the space before its first word; what is no UTF-8 becomes U+FFFD.
    public func text(of tokens: some Sequence<Int>) -> String { vocabulary.text(of: tokens) }
}

extension BytePairTokenizer: Codable {
    private enum CodingKeys: CodingKey { case kind, tokens }

    /// As `vocabulary.json` of a model folder says it.
    static let kind = "bytePairs"

    /// Reads the ordinary tokens, in GPT-2's letters; the special ones follow from them.
    public init(from decoder: any Decoder) throws {
        let letters = try decoder.container(keyedBy: CodingKeys.self).decode([String].self, forKey: .tokens)
        vocabulary = try BytePairVocabulary(letters: letters, specialNames: Special.allCases.map(\.name))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(vocabulary.letters, forKey: .tokens)
    }
}
