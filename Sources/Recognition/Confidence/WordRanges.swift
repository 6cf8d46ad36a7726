import Text

extension Tokenizer {
    /// The tokens of each word of a text: what stands between spaces. In a language without spaces every token that is none is a word.
    func wordRanges(of tokens: [Int], hasSpaces: Bool) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var first: Int?
        func finish(_ end: Int) {
            if let first { words.append(first..<end) }
            first = nil
        }
        for place in tokens.indices {
            let text = text(of: [tokens[place]])
            // A space between words is a token of its own, or the beginning of a piece.
            if text.first?.isWhitespace ?? true { finish(place) }
            if text.allSatisfy(\.isWhitespace) { continue }
            first = first ?? place
            if !hasSpaces { finish(place + 1) }
        }
        finish(tokens.count)
        return words
    }

    /// The tokens of a word without those of marks behind it, at least one token. A part of a letter's bytes is no mark.
    package func spokenRange(of word: Range<Int>, in tokens: [Int]) -> Range<Int> {
        let last = word.last { place in
            !text(of: [tokens[place]]).allSatisfy { $0.isPunctuation || $0.isWhitespace }
        }
        return word.lowerBound..<(last ?? word.lowerBound) + 1
    }
}

extension WhisperTokenizer {
    /// The tokens of each word of a text with timestamps, which belong to none: marks belong to the word before them.
    func wordRanges(of tokens: [Int]) -> [Range<Int>] {
        let places = tokens.indices.filter { tokens[$0] < special.endOfText }
        var words: [Range<Int>] = []
        var next = 0
        for word in self.words(of: places.map { tokens[$0] }) {
            let range = places[next]..<places[next + word.tokens.count - 1] + 1
            next += word.tokens.count
            let isWord = word.text.contains { $0.isLetter || $0.isNumber }
            let begins = word.text.first?.isWhitespace == true || language.isWrittenWithoutSpaces
            if let last = words.last, !isWord || !begins {
                words[words.count - 1] = last.lowerBound..<range.upperBound
            } else if isWord || words.isEmpty {
                words.append(range)
            }
        }
        return words
    }
}
