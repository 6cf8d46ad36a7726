/// What `vocabulary.json` of a model folder has: characters, pieces of words, or the byte-level tokens of Whisper.
///
/// Its key `kind` says which; without it they are characters.
public enum ModelVocabulary: Sendable, Equatable {
    case characters(Vocabulary)
    case bytePairs(BytePairTokenizer)
    case whisper(WhisperTokenizer)

    /// Turns text into these tokens.
    public var tokenizer: any Tokenizer {
        switch self {
        case .characters(let vocabulary): vocabulary
        case .bytePairs(let tokenizer): tokenizer
        case .whisper(let tokenizer): tokenizer
        }
    }

    /// The characters that texts consist of, for a language model: of pieces those of all that are longer than a byte. Nil where there may be
    /// any, as in Whisper's.
    public var characters: Vocabulary? {
        switch self {
        case .characters(let vocabulary): vocabulary
        case .bytePairs(let tokenizer): tokenizer.characters
        case .whisper: nil
        }
    }

    /// The byte-level tokens; nil for characters.
    public var bytePairs: BytePairVocabulary? {
        switch self {
        case .characters: nil
        case .bytePairs(let tokenizer): tokenizer.vocabulary
        case .whisper(let tokenizer): tokenizer.vocabulary
        }
    }
}

extension ModelVocabulary: Codable {
    private enum CodingKeys: CodingKey { case kind }

    public init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .kind)
        switch kind {
        case nil: self = .characters(try Vocabulary(from: decoder))
        case BytePairTokenizer.kind: self = .bytePairs(try BytePairTokenizer(from: decoder))
        case WhisperTokenizer.kind: self = .whisper(try WhisperTokenizer(from: decoder))
        case let kind?:
            throw VocabularyError(
                "\"kind\" is \"\(kind)\", which this version does not know; it knows \"\(WhisperTokenizer.kind)\", "
                    + "\"\(BytePairTokenizer.kind)\" and, without the key, characters")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .characters(let vocabulary): try vocabulary.encode(to: encoder)
        case .bytePairs(let tokenizer): try tokenizer.encode(to: encoder)
        case .whisper(let tokenizer): try tokenizer.encode(to: encoder)
        }
    }
}
