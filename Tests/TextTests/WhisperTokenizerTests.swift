import Testing
import Text

@Suite("Whisper's tokens")
struct WhisperTokenizerTests {
    private let tokens: [[UInt8]]

    init() throws { tokens = try BytePairFixture.small().tokens }

    private func tokenizer(isMultilingual: Bool) throws -> WhisperTokenizer {
        try WhisperTokenizer(
            BytePairVocabulary(tokens: tokens),
            special: WhisperTokens(ordinaryCount: tokens.count, isMultilingual: isMultilingual))
    }

    /// Numbers of openai/whisper's `tokenizer.py` for its own vocabularies.
    @Test("special tokens have openai/whisper's numbers")
    func specialNumbers() throws {
        let english = try WhisperTokens(vocabularySize: 51_864)
        #expect([english.endOfText, english.startOfTranscript, english.noTimestamps] == [50_256, 50_257, 50_362])
        #expect(english.timestamps == 50_363..<51_864 && !english.isMultilingual)
        let multilingual = try WhisperTokens(vocabularySize: 51_865)
        #expect(multilingual.endOfText == 50_257 && multilingual.transcribe == 50_359 && multilingual.isMultilingual)
        let large = try WhisperTokens(vocabularySize: 51_866)
        #expect(large.languageCount == 100 && large.transcribe == 50_360 && large.firstTimestamp == 50_365)
        #expect(throws: VocabularyError.self) { try WhisperTokens(vocabularySize: 51_900) }
    }

    @Test("the prompt names language and task where there are several")
    func startSequences() throws {
        let english = try tokenizer(isMultilingual: false)
        #expect(english.startSequence == [english.special.startOfTranscript, english.special.noTimestamps])
        #expect(throws: VocabularyError.self) {
            try english.asking(for: .translate, in: .english, timestamps: false)
        }
        let german = try #require(WhisperLanguage("de"))
        let multilingual = try tokenizer(isMultilingual: true).asking(for: .translate, in: german, timestamps: true)
        let special = multilingual.special
        // German is the third of the languages.
        #expect(
            multilingual.startSequence == [
                special.startOfTranscript, special.languageTokens.lowerBound + 2, special.translate,
            ])
    }

    /// What openai/whisper writes begins with a space; a timestamp is 0.02 s.
    @Test("a label is the text behind a space, between timestamps where they are asked for")
    func labels() throws {
        let plain = try tokenizer(isMultilingual: false)
        let words = plain.tokens(of: " hello")
        #expect(plain.label(of: "hello", durationInSeconds: 1.5) == words)
        let timed = try plain.asking(for: .transcribe, in: .english, timestamps: true)
        let first = plain.special.firstTimestamp
        #expect(timed.label(of: "hello", durationInSeconds: 1.5) == [first] + words + [first + 75])
    }

    @Test("special tokens give no text, and their names are text like any other")
    func specialText() throws {
        let tokenizer = try tokenizer(isMultilingual: true)
        let named = tokenizer.tokens(of: "<|endoftext|>")
        #expect(named.allSatisfy { $0 < tokens.count } && tokenizer.text(of: named) == "<|endoftext|>")
        #expect(tokenizer.text(of: [tokenizer.special.endOfText, tokenizer.special.firstTimestamp]).isEmpty)
        #expect(tokenizer.suppressedTokens.contains(tokenizer.special.startOfTranscript))
        #expect(tokenizer.suppressedFirstTokens == Set(tokenizer.tokens(of: " ") + [tokenizer.endOfSentence]))
    }

    @Test("words begin at spaces and punctuation; Chinese is cut at characters")
    func words() throws {
        let tokenizer = try tokenizer(isMultilingual: true)
        let english = tokenizer.words(of: tokenizer.tokens(of: " the quick, naïve fox"))
        #expect(english.map(\.text) == [" the", " quick", ",", " naïve", " fox"])
        #expect(english.flatMap(\.tokens) == tokenizer.tokens(of: " the quick, naïve fox"))
        let chinese = try #require(WhisperLanguage("zh"))
        let text = "天习器"
        let words = try tokenizer.asking(for: .transcribe, in: chinese, timestamps: false)
            .words(of: tokenizer.tokens(of: text))
        #expect(words.map(\.text) == ["天", "习", "器"])
        #expect(words.allSatisfy { !$0.text.contains("\u{FFFD}") })
    }

    @Test("the vocabulary of another model is refused")
    func otherVocabulary() throws {
        #expect(throws: VocabularyError.self) {
            try WhisperTokenizer(BytePairVocabulary(tokens: tokens), vocabularySize: 51_864)
        }
        let wrong = try BytePairVocabulary(tokens: tokens, specialNames: ["<|nothing|>"])
        #expect(throws: VocabularyError.self) {
            try WhisperTokenizer(wrong, special: WhisperTokens(ordinaryCount: tokens.count, isMultilingual: true))
        }
    }
}
