/// Two systems on the same utterances: is one better, and how sure is that?
public struct SystemComparison: Sendable {
    /// Paired bootstrap; nil without reference words or resamples.
    public var bootstrap: Bootstrap.Comparison?
    public var matchedPairs: MatchedPairsTest
    /// Utterances in which the first (second) system has fewer wrong words.
    public var firstBetterCount: Int
    public var secondBetterCount: Int

    /// - Precondition: both scores have the same utterances in the same order.
    public init(_ first: CorpusScore, _ second: CorpusScore, resampleCount: Int, seed: UInt64 = 1) throws {
        precondition(
            first.records.count == second.records.count,
            "SystemComparison: \(first.records.count) and \(second.records.count) utterances")
        bootstrap = Bootstrap.comparison(
            first.utterances.map(\.words), second.utterances.map(\.words), resampleCount: resampleCount, seed: seed)
        var pairs: [(first: [EditOperation], second: [EditOperation])] = []
        let indices = first.utterances.indices.filter {
            first.utterances[$0].words.errors > 0 || second.utterances[$0].words.errors > 0
        }
        try first.forEachAlignment(of: indices) { _, alignment in pairs.append((alignment.steps.map(\.operation), [])) }
        var position = 0
        try second.forEachAlignment(of: indices) { _, alignment in
            pairs[position].second = alignment.steps.map(\.operation)
            position += 1
        }
        matchedPairs = MatchedPairsTest(pairs)
        firstBetterCount = zip(first.utterances, second.utterances).count { $0.words.errors < $1.words.errors }
        secondBetterCount = zip(first.utterances, second.utterances).count { $0.words.errors > $1.words.errors }
    }
}
