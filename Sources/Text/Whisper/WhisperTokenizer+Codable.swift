extension WhisperTokenizer: Codable {
    private enum CodingKeys: CodingKey { case kind, multilingual, languages, language, task, timestamps, tokens }

    /// As `vocabulary.json` of a model folder says it.
    static let kind = "whisper"

    /// Reads the ordinary tokens, in GPT-2's letters, and the prompt; the special tokens follow from them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(String.self, forKey: .kind)
        guard kind == Self.kind else {
            throw VocabularyError("\"kind\" is \"\(kind)\", not \"\(Self.kind)\"")
        }
        let written = try container.decode([String].self, forKey: .tokens)
        let languageCount = try container.decode(Int.self, forKey: .languages)
        guard 1...WhisperLanguage.all.count ~= languageCount else {
            throw VocabularyError("\"languages\" is \(languageCount); expected 1 to \(WhisperLanguage.all.count)")
        }
        let special = WhisperTokens(
            ordinaryCount: written.count, isMultilingual: try container.decode(Bool.self, forKey: .multilingual),
            languageCount: languageCount)
        let name = try container.decode(String.self, forKey: .language)
        guard let language = WhisperLanguage(name) else {
            throw VocabularyError(
                "\"language\" is \"\(name)\", which Whisper does not know; write its code, such as \"en\"")
        }
        let vocabulary = try BytePairVocabulary(letters: written, specialNames: special.names)
        self = try WhisperTokenizer(vocabulary, special: special).asking(
            for: try container.decode(WhisperTask.self, forKey: .task), in: language,
            timestamps: try container.decode(Bool.self, forKey: .timestamps))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(special.isMultilingual, forKey: .multilingual)
        try container.encode(special.languageCount, forKey: .languages)
        try container.encode(language.code, forKey: .language)
        try container.encode(task, forKey: .task)
        try container.encode(hasTimestamps, forKey: .timestamps)
        try container.encode(vocabulary.letters, forKey: .tokens)
    }
}
