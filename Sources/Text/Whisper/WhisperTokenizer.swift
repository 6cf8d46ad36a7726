/// What Whisper writes of what it hears.
public enum WhisperTask: String, Sendable, Codable, CaseIterable {
    /// What is said, in its language.
    case transcribe
    /// What is said, in English.
    case translate
}

/// The tokens of a Whisper model, with the language, the task and the timestamps that its prompt asks for.
public struct WhisperTokenizer: Tokenizer, Equatable {
    /// Ordinary tokens, then the special ones under openai/whisper's names.
    public let vocabulary: BytePairVocabulary
    /// The numbers of the special tokens.
    public let special: WhisperTokens
    /// What the prompt says is spoken; English in a model that knows nothing else.
    public private(set) var language = WhisperLanguage.english
    public private(set) var task = WhisperTask.transcribe
    /// Whether the model is asked to write timestamps.
    public var hasTimestamps = false

    /// Symbols that stand for something that is not said, and what the prompt alone writes
    /// (openai/whisper, `decoding.py`, `_get_suppress_tokens`).
    public let suppressedTokens: Set<Int>
    /// A space, and the end.
    public let suppressedFirstTokens: Set<Int>
    /// nil: no CTC output writes these tokens.
    public var blank: Int? { nil }

    /// The tokenizer of a vocabulary as it is found in a file, with all special tokens, some of them or none.
    ///
    /// - Parameters:
    ///   - vocabularySize: the rows of the model's embedding, one for each token.
    ///   - special: for a vocabulary that is not one of Whisper's; nil: as follows from `vocabularySize`.
    /// - Throws: `VocabularyError` where the vocabulary has another number of ordinary tokens than the model, or another name for a
    ///   special token.
    public init(_ vocabulary: BytePairVocabulary, vocabularySize: Int) throws(VocabularyError) {
        try self.init(vocabulary, special: WhisperTokens(vocabularySize: vocabularySize))
    }

    /// As above, with special tokens of any number.
    public init(_ vocabulary: BytePairVocabulary, special: WhisperTokens) throws(VocabularyError) {
        guard vocabulary.ordinaryCount == special.ordinaryCount else {
            throw VocabularyError(
                "\(vocabulary.ordinaryCount) ordinary tokens, but a model with \(special.count) tokens has \(special.ordinaryCount): "
                    + "the vocabulary is that of another model; take the one that belongs to it")
        }
        let names = special.names
        guard vocabulary.specialNames.count <= names.count else {
            throw VocabularyError(
                "\(vocabulary.count) tokens, but the model has \(special.count); take the vocabulary that belongs to it"
            )
        }
        for (index, (found, expected)) in zip(vocabulary.specialNames, names).enumerated()
        where found != expected && WhisperTokens.otherNames[found] != expected {
            throw VocabularyError(
                "token \(special.ordinaryCount + index) is \(found), but in a Whisper model with \(special.count) tokens it is "
                    + "\(expected); take the vocabulary that belongs to the model")
        }
        self.vocabulary = vocabulary.specialNames == names ? vocabulary : try vocabulary.with(specialNames: names)
        self.special = special
        suppressedTokens = Set(
            Self.nonSpeechTokens(of: vocabulary) + [
                special.transcribe, special.translate, special.startOfTranscript, special.startOfPrevious,
                special.startOfLM, special.noSpeech,
            ])
        suppressedFirstTokens = Set(vocabulary.tokens(of: " ") + [special.endOfText])
    }

    /// The same tokens with another prompt.
    ///
    /// - Throws: `VocabularyError` where the model has no token for the language, or knows English only and is asked for something else.
    public func asking(
        for task: WhisperTask, in language: WhisperLanguage, timestamps: Bool
    ) throws(VocabularyError) -> WhisperTokenizer {
        if !special.isMultilingual {
            guard language == .english, task == .transcribe else {
                throw VocabularyError(
                    "the model knows English only: it cannot \(task.rawValue) \(language.name); take a multilingual one"
                )
            }
        } else if special.token(of: language) == nil {
            throw VocabularyError("the model has no token for \(language.name) (\(language.code)); take a newer one")
        }
        var tokenizer = self
        tokenizer.task = task
        tokenizer.language = language
        tokenizer.hasTimestamps = timestamps
        return tokenizer
    }

    public var count: Int { special.count }

    public var endOfSentence: Int { special.endOfText }

    /// Start of transcript; language and task in a multilingual model; no timestamps, unless they are asked for.
    public var startSequence: [Int] {
        var sequence = [special.startOfTranscript]
        if special.isMultilingual, let languageToken = special.token(of: language) {
            sequence += [languageToken, task == .transcribe ? special.transcribe : special.translate]
        }
        if !hasTimestamps { sequence.append(special.noTimestamps) }
        return sequence
    }

    public func tokens(of text: String) -> [Int] { vocabulary.tokens(of: text) }

    /// The text behind a space, as Whisper writes it; where there are timestamps, between those of its beginning and its end.
    public func label(of text: String, durationInSeconds: Double) -> [Int] {
        let words = tokens(of: " " + text)
        guard hasTimestamps else { return words }
        return [special.firstTimestamp] + words + [special.timestamp(atSeconds: durationInSeconds)]
    }

    /// The text of tokens; timestamps and other special tokens give none, and what is no UTF-8 becomes U+FFFD.
    public func text(of tokens: some Sequence<Int>) -> String { vocabulary.text(of: tokens) }
}
