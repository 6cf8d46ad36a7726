/// A tokenizer of characters: five special tokens, then the characters (Unicode scalars) of a language.
public struct Vocabulary: Tokenizer, Equatable {
    /// What stands before the characters, by number, as it is written in a file.
    private enum Special: Int, CaseIterable {
        case blank, padding, unknown, start, end

        var name: String { "<\(self)>" }
    }

    /// How the special tokens are written in a file, in the order of their numbers.
    package static let specialNames = Special.allCases.map(\.name)

    /// The token of CTC that stands for no character.
    public let blank: Int? = Special.blank.rawValue
    /// What fills sequences of a batch up to the same length.
    public let padding = Special.padding.rawValue
    /// A character that the training text did not have.
    public let unknown = Special.unknown.rawValue
    /// The start token alone.
    public let startSequence = [Special.start.rawValue]
    public let endOfSentence = Special.end.rawValue
    /// All special tokens but start and end.
    public let suppressedTokens: Set<Int> = [
        Special.blank.rawValue, Special.padding.rawValue, Special.unknown.rawValue,
    ]

    /// The character of token `specialNames.count + index`.
    public let characters: [Unicode.Scalar]
    private let tokenOf: [Unicode.Scalar: Int]

    /// A vocabulary with these characters.
    ///
    /// - Throws: `VocabularyError` if a character occurs twice.
    public init(characters: [Unicode.Scalar]) throws(VocabularyError) {
        self.characters = characters
        var tokenOf: [Unicode.Scalar: Int] = [:]
        for (index, character) in characters.enumerated() {
            guard tokenOf.updateValue(index + Self.specialNames.count, forKey: character) == nil else {
                throw VocabularyError("the character \"\(character)\" occurs twice")
            }
        }
        self.tokenOf = tokenOf
    }

    /// The characters of a training text, in the order of their code points.
    ///
    /// - Parameter minimumCount: rarer characters are left out and become `unknown`.
    public init(texts: some Sequence<String>, minimumCount: Int = 1) {
        var counts: [Unicode.Scalar: Int] = [:]
        for text in texts {
            for character in text.unicodeScalars { counts[character, default: 0] += 1 }
        }
        let kept = counts.filter { $0.value >= minimumCount }.keys.sorted()
        do { try self.init(characters: kept) } catch { preconditionFailure("Vocabulary: \(error)") }
    }

    /// The number of tokens.
    public var count: Int { Self.specialNames.count + characters.count }

    /// The tokens of a text, without start and end.
    public func tokens(of text: String) -> [Int] {
        text.unicodeScalars.map { tokenOf[$0] ?? unknown }
    }

    /// The text of tokens; `unknown` becomes U+FFFD, the other special tokens nothing.
    public func text(of tokens: some Sequence<Int>) -> String {
        var scalars = String.UnicodeScalarView()
        for token in tokens {
            if token >= Self.specialNames.count {
                scalars.append(characters[token - Self.specialNames.count])
            } else if token == unknown {
                scalars.append("\u{FFFD}")
            }
        }
        return String(scalars)
    }
}

extension Vocabulary: Codable {
    private enum CodingKeys: CodingKey { case tokens }

    public init(from decoder: any Decoder) throws {
        let tokens = try decoder.container(keyedBy: CodingKeys.self).decode([String].self, forKey: .tokens)
        guard tokens.starts(with: Self.specialNames) else {
            throw VocabularyError("\"tokens\" must begin with \(Self.specialNames)")
        }
        let characters = try tokens.dropFirst(Self.specialNames.count).map { token throws(VocabularyError) in
            guard token.unicodeScalars.count == 1, let character = token.unicodeScalars.first else {
                throw VocabularyError("the token \"\(token)\" is not one character")
            }
            return character
        }
        try self.init(characters: characters)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.specialNames + characters.map { String($0) }, forKey: .tokens)
    }
}

/// What is wrong with a vocabulary.
public struct VocabularyError: Error, CustomStringConvertible, Equatable {
    public let description: String
    init(_ description: String) { self.description = "vocabulary: \(description)" }
}
