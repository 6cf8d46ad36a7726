/// The numbers of Whisper's special tokens, which follow from how many ordinary tokens and languages there are.
///
/// In order: end of text, start of transcript, the languages, translate, transcribe, start of lm, start of prev, no speech, no timestamps, and
/// 1501 timestamps, one each 0.02 s (openai/whisper, `tokenizer.py`, `get_encoding`).
public struct WhisperTokens: Sendable, Equatable {
    /// The number of ordinary tokens.
    public let ordinaryCount: Int
    /// Whether the model knows other languages than English, and has been taught which one it hears.
    public let isMultilingual: Bool
    /// The languages that have tokens: 99, or 100 in large-v3. English-only models have 99 that they do not use.
    public let languageCount: Int

    /// Of timestamps, from 0 to 30 s.
    public static let timestampCount = 1501
    public static let secondsPerTimestamp = 0.02

    /// The tokens of a model by the number of rows of its embedding: 51,864 for English only, 51,865 for 99 languages, 51,866 for 100.
    ///
    /// - Throws: `VocabularyError` for another number.
    public init(vocabularySize: Int) throws(VocabularyError) {
        let isMultilingual = vocabularySize > Self.englishSize
        let ordinaryCount = Self.englishOrdinaryCount + (isMultilingual ? 1 : 0)
        let languageCount = vocabularySize - ordinaryCount - Self.fixedCount
        guard 99...100 ~= languageCount else {
            throw VocabularyError(
                "\(vocabularySize) tokens; a Whisper model has 51864 (English only), 51865 or 51866 (100 languages)")
        }
        self.init(ordinaryCount: ordinaryCount, isMultilingual: isMultilingual, languageCount: languageCount)
    }

    /// The tokens behind any number of ordinary ones.
    ///
    /// - Precondition: `languageCount` is 1 to 100.
    public init(ordinaryCount: Int, isMultilingual: Bool, languageCount: Int = 99) {
        precondition(
            ordinaryCount >= 0 && 1...WhisperLanguage.all.count ~= languageCount,
            "WhisperTokens: \(ordinaryCount) ordinary tokens, \(languageCount) languages")
        self.ordinaryCount = ordinaryCount
        self.isMultilingual = isMultilingual
        self.languageCount = languageCount
    }

    private static let englishOrdinaryCount = 50256
    /// All special tokens but the languages: 2 before them, 6 behind them, and the timestamps.
    private static let fixedCount = 8 + timestampCount
    private static let englishSize = englishOrdinaryCount + 99 + fixedCount  // 51864

    /// Of all tokens.
    public var count: Int { ordinaryCount + languageCount + Self.fixedCount }

    public var endOfText: Int { ordinaryCount }
    public var startOfTranscript: Int { ordinaryCount + 1 }
    /// The tokens of the languages, in the order of `languages`.
    public var languageTokens: Range<Int> { ordinaryCount + 2..<ordinaryCount + 2 + languageCount }
    public var translate: Int { languageTokens.upperBound }
    public var transcribe: Int { translate + 1 }
    public var startOfLM: Int { translate + 2 }
    /// Stands before earlier text in a prompt.
    public var startOfPrevious: Int { translate + 3 }
    public var noSpeech: Int { translate + 4 }
    public var noTimestamps: Int { translate + 5 }
    /// Of 0 s.
    public var firstTimestamp: Int { translate + 6 }
    /// All timestamps: the last tokens of the vocabulary.
    public var timestamps: Range<Int> { firstTimestamp..<count }

    /// The languages that have tokens, in the order of these.
    public var languages: ArraySlice<WhisperLanguage> { WhisperLanguage.all.prefix(languageCount) }

    /// The token of a language; nil where the model has none for it.
    public func token(of language: WhisperLanguage) -> Int? {
        languages.firstIndex(of: language).map { languageTokens.lowerBound + $0 }
    }

    /// The language of a token; nil where it is another token.
    public func language(of token: Int) -> WhisperLanguage? {
        languageTokens.contains(token) ? languages[token - languageTokens.lowerBound] : nil
    }

    /// The time of a timestamp in seconds; nil where it is another token.
    public func seconds(of token: Int) -> Double? {
        timestamps.contains(token) ? Double(token - firstTimestamp) * Self.secondsPerTimestamp : nil
    }

    /// The timestamp nearest to a time in seconds, within 0 to 30 s.
    ///
    /// - Precondition: `seconds` is a number.
    public func timestamp(atSeconds seconds: Double) -> Int {
        precondition(!seconds.isNaN, "WhisperTokens: the timestamp of no number")
        let steps = min(max((seconds / Self.secondsPerTimestamp).rounded(), 0), Double(Self.timestampCount - 1))
        return firstTimestamp + Int(steps)
    }

    /// The names of all special tokens, from `endOfText` on.
    public var names: [String] {
        var names = ["<|endoftext|>", "<|startoftranscript|>"]
        names += languages.map { "<|\($0.code)|>" }
        names += [
            "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
        ]
        for step in 0..<Self.timestampCount {
            let hundredths = 2 * step
            names.append("<|\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)|>")
        }
        return names
    }

    /// What other programs call the same tokens: transformers says no captions for no speech, and the first Whisper wrote Hebrew by its
    /// code of before 1989.
    static let otherNames = ["<|nocaptions|>": "<|nospeech|>", "<|iw|>": "<|he|>"]
}
