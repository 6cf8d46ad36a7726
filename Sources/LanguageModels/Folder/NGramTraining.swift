import Files
import FoundationEssentials
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
        /// Of every file of n-grams: its name, how many n-grams of each order it has, and its bytes.
        public let files: [(name: String, counts: [Int], byteCount: Int)]
    }

    private let options: Options
    private let vocabulary: Vocabulary
    private let output: String
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
        self.output = output
        self.log = log
    }

    /// - Throws: `LanguageModelError`, `TextFileError`, `FileWriteError`.
    public func run(_ text: TrainingText) throws -> Result {
        let path = "\(output)/config.json"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw LanguageModelError("\(path): there is a model already; choose another --output")
        }
        try AtomicFile.makeFolder(output)
        var description = LanguageModelDescription(
            unit: options.unit, characters: String(String.UnicodeScalarView(vocabulary.characters)),
            order: options.order)
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
        var files: [(String, [Int], Int)] = []
        switch options.unit {
        case .characters:
            let names = CharacterTokens.names(of: vocabulary)
            let estimation = try KneserNey(
                vocabulary: names, options: estimationOptions(options.order, options.pruning))
            try text.forEachLine { line in
                count(line)
                try estimation.add(characterTokens(of: line))
            }
            try refuseEmptyText(description, text)
            files.append(try write(estimation, LanguageModel.charactersFile))
        case .pieces: throw LanguageModelError("n-grams are made of words or of characters, not of pieces")
        case .words:
            try text.forEachLine(count)
            try refuseEmptyText(description, text)
            log("\(description.wordCount) words, \(words.count) different ones")
            files.append(try writeWords(text, words))
            files.append(try writeSpelling(words))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(description), to: path)
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
    private func writeWords(_ text: TrainingText, _ words: [String: Int]) throws -> (String, [Int], Int) {
        // Sorted by bytes, so that words with a common beginning stand together.
        let kept = words.filter { $0.value >= options.minimumWordCount && isSpelled($0.key) }.keys
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        log("\(kept.count) words in the lexicon")
        var numbers: [Substring: Int] = [:]
        for (number, word) in kept.enumerated() { numbers[word[...]] = number + NGramModel.specialTokens.count }
        let estimation = try KneserNey(
            vocabulary: NGramModel.specialTokens + kept, options: estimationOptions(options.order, options.pruning))
        try text.forEachLine { line in
            try estimation.add(line.split(separator: " ").lazy.map { numbers[$0] ?? NGramModel.unknown })
        }
        return try write(estimation, LanguageModel.wordsFile)
    }

    /// The characters of all words, each word once: what an unknown word looks like.
    private func writeSpelling(_ words: [String: Int]) throws -> (String, [Int], Int) {
        let estimation = try KneserNey(
            vocabulary: CharacterTokens.names(of: vocabulary), options: estimationOptions(options.spellingOrder, [0]))
        // Sorted, so that the result does not depend on the order of a table.
        let sorted = words.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for word in sorted where isSpelled(word) { try estimation.add(characterTokens(of: word)) }
        return try write(estimation, LanguageModel.spellingFile)
    }

    private func isSpelled(_ word: String) -> Bool { !vocabulary.tokens(of: word).contains(vocabulary.unknown) }

    /// Numbers as in `CharacterTokens.names`.
    private func characterTokens(of text: String) -> [Int] {
        let shift = NGramModel.specialTokens.count - Vocabulary.specialNames.count
        return vocabulary.tokens(of: text).map { $0 == vocabulary.unknown ? NGramModel.unknown : $0 + shift }
    }

    private func estimationOptions(_ order: Int, _ pruning: [Int]) -> KneserNey.Options {
        var estimation = KneserNey.Options(order: order)
        estimation.pruning = pruning
        estimation.byteCount = options.byteCount
        estimation.folder = output
        return estimation
    }

    private func write(_ estimation: KneserNey, _ name: String) throws -> (String, [Int], Int) {
        let model = try estimation.model()
        let counts = model.orders.map(\.count)
        try NGramTrie.write(model, to: "\(output)/\(name)")
        if options.writesARPA { try model.writeARPA(to: "\(output)/\(name.prefix { $0 != "." }).arpa") }
        let trie = try NGramTrie(path: "\(output)/\(name)")
        return (name, counts, trie.byteCount)
    }
}
