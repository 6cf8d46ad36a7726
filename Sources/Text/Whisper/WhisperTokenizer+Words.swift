/// Tokens that belong together, and what they say.
public struct TokenWord: Sendable, Equatable {
    /// With the space before it; special tokens by their names.
    public var text: String
    public var tokens: [Int]
}

extension WhisperTokenizer {
    /// The words of tokens: at spaces and punctuation, or at whole characters where the language is written without spaces
    /// (openai/whisper, `tokenizer.py`, `split_to_word_tokens`). All tokens, in their order; those from the end of text on are words of
    /// their own.
    public func words(of tokens: [Int]) -> [TokenWord] {
        let characters = wholeCharacters(of: tokens)
        return language.isWrittenWithoutSpaces ? characters : joinedAtSpaces(characters)
    }

    /// As many tokens together as it takes to have whole characters (`split_tokens_on_unicode`). U+FFFD is one only where the text of all
    /// tokens has it there too. Tokens at the end that make no whole character are left out, as there.
    private func wholeCharacters(of tokens: [Int]) -> [TokenWord] {
        let whole = Array(vocabulary.textWithNames(of: tokens).unicodeScalars)
        var words: [TokenWord] = []
        var current: [Int] = []
        var offset = 0
        for token in tokens {
            current.append(token)
            let text = vocabulary.textWithNames(of: current)
            let broken = text.unicodeScalars.enumerated().first { $0.element == "\u{FFFD}" }
            if let broken {
                let place = offset + broken.offset
                guard place < whole.count, whole[place] == "\u{FFFD}" else { continue }
            }
            words.append(TokenWord(text: text, tokens: current))
            offset += text.unicodeScalars.count
            current = []
        }
        return words
    }

    /// What neither begins with a space nor is punctuation joins the word before it (`split_tokens_on_spaces`).
    private func joinedAtSpaces(_ parts: [TokenWord]) -> [TokenWord] {
        var words: [TokenWord] = []
        for part in parts {
            let begins =
                words.isEmpty || part.tokens[0] >= special.endOfText || part.text.unicodeScalars.first == " "
                || Self.isPunctuation(part.text)
            if begins {
                words.append(part)
            } else {
                words[words.count - 1].text += part.text
                words[words.count - 1].tokens += part.tokens
            }
        }
        return words
    }

    /// Whether a text without white space at its ends is a part of the list of ASCII punctuation; so are `()`, which stand beside each
    /// other in it, and nothing at all. As Python's `text.strip() in string.punctuation`.
    private static func isPunctuation(_ text: String) -> Bool {
        var scalars = ScalarText(text)[...]
        while scalars.first?.isSpace == true { scalars.removeFirst() }
        while scalars.last?.isSpace == true { scalars.removeLast() }
        guard let first = scalars.first else { return true }
        guard let place = punctuation.firstIndex(of: first) else { return false }
        return punctuation[place...].starts(with: scalars)
    }

    private static let punctuation = ScalarText("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
}
