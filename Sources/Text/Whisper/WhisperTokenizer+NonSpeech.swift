extension WhisperTokenizer {
    /// Tokens of what is not said but noted: brackets round a speaker or a noise, musical notes, and a hyphen or an apostrophe that begins
    /// a word (openai/whisper, `tokenizer.py`, `non_speech_tokens`).
    ///
    /// - Returns: their numbers, ascending.
    static func nonSpeechTokens(of vocabulary: BytePairVocabulary) -> [Int] {
        var result = Set([" -", " '"].map { vocabulary.tokens(of: $0)[0] })
        for symbol in symbols {
            for tokens in [vocabulary.tokens(of: symbol), vocabulary.tokens(of: " " + symbol)] where tokens.count == 1 {
                result.insert(tokens[0])
            }
        }
        // They share their first two bytes with no character that is said, so that their first token may go.
        for note in notes {
            result.insert(vocabulary.tokens(of: note)[0])
            result.insert(vocabulary.tokens(of: " " + note)[0])
        }
        return result.sorted()
    }

    /// A text of one token among these is suppressed.
    private static let symbols =
        "\"#()*+/:;<=>@[\\]^_`{|}~「」『』".map(String.init)
        + ["<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", "(\"", "((", "))", "(((", ")))", "[[", "]]", "{{"]
        + ["}}", "♪♪", "♪♪♪"]

    private static let notes = "♩♪♫♬♭♮♯".map(String.init)
}
