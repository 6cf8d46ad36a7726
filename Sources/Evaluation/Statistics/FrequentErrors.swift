/// Which words are confused, put in and left out most often.
public struct FrequentErrors: Sendable {
    /// A pair of words, or one word, and how often.
    public struct Entry: Sendable, Hashable, Codable {
        /// Nil for an insertion.
        public var reference: String?
        /// Nil for a deletion.
        public var hypothesis: String?
        public var count: Int

        public init(reference: String?, hypothesis: String?, count: Int) {
            self.reference = reference
            self.hypothesis = hypothesis
            self.count = count
        }
    }

    /// A reference word, how often it is said, and how often it is wrong.
    public struct WrongWord: Sendable, Hashable, Codable {
        public var word: String
        public var count: Int
        public var wrongCount: Int

        public init(word: String, count: Int, wrongCount: Int) {
            self.word = word
            self.count = count
            self.wrongCount = wrongCount
        }
    }

    public var substitutions: [Entry] = []
    public var insertions: [Entry] = []
    public var deletions: [Entry] = []
    /// Words by the number of times they were substituted or deleted.
    public var wrongWords: [WrongWord] = []

    /// Counts all errors and keeps the `limit` most frequent of each kind; equal counts are in alphabetical order.
    public init(_ score: CorpusScore, limit: Int) throws {
        var substituted: [Pair: Int] = [:]
        var inserted: [String: Int] = [:]
        var deleted: [String: Int] = [:]
        var wrong: [String: Int] = [:]
        let indices = score.utterances.indices.lazy.filter { score.utterances[$0].words.errors > 0 }
        try score.forEachAlignment(of: indices) { _, alignment in
            for step in alignment.steps {
                switch step.operation {
                case .hit: break
                case .substitution:
                    substituted[Pair(reference: step.reference!, hypothesis: step.hypothesis!), default: 0] += 1
                    wrong[step.reference!, default: 0] += 1
                case .insertion: inserted[step.hypothesis!, default: 0] += 1
                case .deletion:
                    deleted[step.reference!, default: 0] += 1
                    wrong[step.reference!, default: 0] += 1
                }
            }
        }
        substitutions = Self.top(
            substituted.map { Entry(reference: $0.key.reference, hypothesis: $0.key.hypothesis, count: $0.value) },
            limit)
        insertions = Self.top(inserted.map { Entry(reference: nil, hypothesis: $0.key, count: $0.value) }, limit)
        deletions = Self.top(deleted.map { Entry(reference: $0.key, hypothesis: nil, count: $0.value) }, limit)
        wrongWords = try Self.wrongWords(wrong, in: score, limit)
    }

    private struct Pair: Hashable {
        var reference: String
        var hypothesis: String
    }

    private static func top(_ entries: [Entry], _ limit: Int) -> [Entry] {
        let sorted = entries.sorted {
            ($1.count, $0.reference ?? "", $0.hypothesis ?? "") < ($0.count, $1.reference ?? "", $1.hypothesis ?? "")
        }
        return Array(sorted.prefix(limit))
    }

    /// The most often wrong words with how often they occur at all.
    private static func wrongWords(_ wrong: [String: Int], in score: CorpusScore, _ limit: Int) throws -> [WrongWord] {
        let top = wrong.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        if top.isEmpty { return [] }
        var counts = Dictionary(uniqueKeysWithValues: top.map { ($0.key, 0) })
        try score.forEachAlignment(of: score.records.indices) { _, alignment in
            for step in alignment.steps {
                if let word = step.reference, counts[word] != nil { counts[word]! += 1 }
            }
        }
        return top.map { WrongWord(word: $0.key, count: counts[$0.key]!, wrongCount: $0.value) }
    }
}
