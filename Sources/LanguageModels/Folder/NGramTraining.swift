import Text

/// Makes the folder of an n-gram language model from text.
public struct NGramTraining: Sendable {
    /// What a user may choose.
    public struct Options: Sendable {
        public var unit = LanguageModelDescription.Unit.words
        /// Tokens of the longest n-grams.
        public var order = 3
        /// For each order, from 1 on: n-grams that occur no more often are left out; the last number holds for all orders above.
        public var pruning = [0, 0, 1]
        /// Words that occur less often are unknown words, which are spelled.
        public var minimumWordCount = 2
        /// Tokens of the longest n-grams of characters by which unknown words are spelled.
        public var spellingOrder = 7
        /// Memory for sorting.
        public var byteCount = 1 << 28
        /// Whether ARPA files are written beside.
        public var writesARPA = false

        public init() {}
    }

    /// What came of it.
    public struct Result: Sendable {
        public let description: LanguageModelDescription
        public let unknown: UnknownCharacters
        public let files: [NGramFile]
    }

    private let options: Options
    private let vocabulary: Vocabulary
    private let folder: NGramFolder
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - vocabulary: what the recogniser writes.
    ///   - output: the folder to write; nothing there may be a language model yet.
    ///   - log: gets a line about each step.
    public init(
        _ options: Options, vocabulary: Vocabulary, output: String, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.options = options
        self.vocabulary = vocabulary
        folder = NGramFolder(path: output, vocabulary: vocabulary, writesARPA: options.writesARPA)
        self.log = log
    }

    /// - Throws: `LanguageModelError`, `TextFileError`, `FileWriteError`.
    public func run(_ text: TrainingText) throws -> Result {
        try folder.make()
        var description = folder.description(options.unit, order: options.order)
        var unknown = UnknownCharacters()
        let known = Set(vocabulary.characters)
        /// Words by how often they occur.
        var words: [String: Int] = [:]
        func count(_ line: String) {
            description.lineCount += 1
            for character in line.unicodeScalars {
                description.characterCount += 1
                if !known.contains(character) { unknown.add(character) }
            }
            for word in line.split(separator: " ") {
                description.wordCount += 1
                if options.unit == .words { words[String(word), default: 0] += 1 }
            }
        }
        var files: [NGramFile] = []
        switch options.unit {
        case .characters:
            let names = CharacterTokens.names(of: vocabulary)
            let estimation = try KneserNey(
                vocabulary: names, options: estimationOptions(options.order, options.pruning))
            try text.forEachLine { line in
                count(line)
                try estimation.add(folder.characterTokens(of: line))
            }
            try refuseEmptyText(description, text)
            files.append(try folder.write(estimation.model(), LanguageModel.charactersFile))
        case .pieces: throw LanguageModelError("n-grams are made of words or of characters, not of pieces")
        case .words:
            try text.forEachLine(count)
            try refuseEmptyText(description, text)
            log("\(description.wordCount) words, \(words.count) different ones")
            files.append(try writeWords(text, words))
            files.append(try folder.writeSpelling(of: words.keys, estimationOptions(options.spellingOrder, [0])))
        }
        try folder.write(description)
        return Result(description: description, unknown: unknown, files: files)
    }

    private func refuseEmptyText(_ description: LanguageModelDescription, _ text: TrainingText)
        throws(LanguageModelError)
    {
        guard description.lineCount > 0 else {
            throw LanguageModelError("\(text.paths.joined(separator: ", ")): there is no text to learn from")
        }
    }

    /// Words that are frequent enough, by the tokens of the recogniser; all others are `<unk>`.
    private func writeWords(_ text: TrainingText, _ words: [String: Int]) throws -> NGramFile {
        // Sorted by bytes, so that words with a common beginning stand together.
        let kept = words.filter { $0.value >= options.minimumWordCount && folder.isSpelled($0.key) }.keys
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        log("\(kept.count) words in the lexicon")
        var numbers: [Substring: Int] = [:]
        for (number, word) in kept.enumerated() { numbers[word[...]] = number + NGramModel.specialTokens.count }
        let estimation = try KneserNey(
            vocabulary: NGramModel.specialTokens + kept, options: estimationOptions(options.order, options.pruning))
        try text.forEachLine { line in
            try estimation.add(line.split(separator: " ").lazy.map { numbers[$0] ?? NGramModel.unknown })
        }
        return try folder.write(estimation.model(), LanguageModel.wordsFile)
    }

    private func estimationOptions(_ order: Int, _ pruning: [Int]) -> KneserNey.Options {
        var estimation = KneserNey.Options(order: order)
        estimation.pruning = pruning
        estimation.byteCount = options.byteCount
        estimation.folder = folder.path
        return estimation
    }
}
