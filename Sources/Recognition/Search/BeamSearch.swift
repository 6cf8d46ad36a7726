import Text

/// Keeps the `beamSize` best beginnings, extends each by every token, and keeps the best again, until texts are complete.
///
/// It knows nothing of models: `TokenScorer`s say what each next token is worth. Scorers that are expensive for a whole
/// vocabulary are partial: they score only the tokens that the others think best.
public struct BeamSearch: Sendable {
    /// A scorer and its share of the score of a hypothesis.
    public struct WeightedScorer {
        let scorer: any TokenScorer
        let weight: Float
        let isPartial: Bool

        public init(_ scorer: any TokenScorer, weight: Float, isPartial: Bool = false) {
            self.scorer = scorer
            self.weight = weight
            self.isPartial = isPartial
        }
    }

    public let beamSize: Int
    /// The most tokens that a text may have.
    public let maximumLength: Int
    /// See `Hypothesis.normalizedScore`.
    public let lengthPenalty: Float
    /// Tokens of each hypothesis that partial scorers look at.
    private var candidateCount: Int { max(2 * beamSize, 8) }

    public init(beamSize: Int, maximumLength: Int, lengthPenalty: Float = 0) {
        precondition(beamSize >= 1, "BeamSearch: beam size \(beamSize)")
        self.beamSize = beamSize
        self.maximumLength = maximumLength
        self.lengthPenalty = lengthPenalty
    }

    /// The hypotheses found, best first; at least one. Incomplete ones (the length limit ended them) come last.
    public func callAsFunction(_ scorers: [WeightedScorer]) -> [Hypothesis] {
        var running = [Hypothesis()]
        var finished: [Hypothesis] = []
        for length in 0...maximumLength {
            // 1. The best extensions of all hypotheses, with their scores.
            let extensions = bestExtensions(of: running, scorers)

            // 2. The best ones: complete texts are put aside, the others run on.
            var next: [Hypothesis] = []
            var parents: [Int] = []
            for (rank, (score, parent, token)) in extensions.enumerated() where score > -.infinity {
                if token == Vocabulary.endOfSentence {
                    // Among the best of this length, or the text does not end here.
                    if rank < beamSize {
                        finished.append(
                            Hypothesis(tokens: running[parent].tokens, logProbability: score, isComplete: true))
                    }
                } else if next.count < beamSize, length < maximumLength {
                    next.append(Hypothesis(tokens: running[parent].tokens + [token], logProbability: score))
                    parents.append(parent)
                }
            }
            if next.isEmpty || canStop(running: next, finished: finished) {
                if finished.isEmpty { finished = next.isEmpty ? running : next }
                break
            }
            for scorer in scorers { scorer.scorer.select(parents: parents, tokens: next.map { $0.tokens.last! }) }
            running = next
        }
        return finished.sorted {
            ($0.isComplete ? 1 : 0, $0.normalizedScore(lengthPenalty: lengthPenalty))
                > ($1.isComplete ? 1 : 0, $1.normalizedScore(lengthPenalty: lengthPenalty))
        }
    }

    /// Scores only fall as a text grows, so without length normalisation the best complete text wins as soon as no running
    /// one is better; with it, `beamSize` complete texts are waited for.
    private func canStop(running: [Hypothesis], finished: [Hypothesis]) -> Bool {
        guard let best = finished.map(\.logProbability).max() else { return false }
        return lengthPenalty == 0
            ? running.allSatisfy { $0.logProbability <= best } : finished.count >= beamSize
    }

    /// The `2 * beamSize` best extensions, best first: enough for a whole beam where as many end.
    private func bestExtensions(of running: [Hypothesis], _ scorers: [WeightedScorer]) -> [BestExtensions.Entry] {
        var best = BestExtensions(capacity: 2 * beamSize)
        let sums = weightedSums(of: scorers, hypothesisCount: running.count)
        let partial = scorers.filter(\.isPartial)
        if partial.isEmpty {
            for (parent, sums) in sums.enumerated() {
                best.offer(sums, parent: parent, base: running[parent].logProbability)
            }
            return best.entries
        }
        // Partial scorers look at the tokens that the others think best.
        var candidates = sums.map { sums -> [(token: Int, score: Float)] in
            var best = BestExtensions(capacity: candidateCount)
            best.offer(sums, parent: 0, base: 0)
            let end = Vocabulary.endOfSentence
            let entries = best.entries.map { (token: $0.token, score: $0.score) }
            // The end is always looked at: a scorer that has heard all must be able to say so.
            return entries.contains { $0.token == end } ? entries : entries + [(token: end, score: sums[end])]
        }
        for scorer in partial {
            let scores = scorer.scorer.scores(candidates: candidates.map { $0.map(\.token) })
            for (index, scores) in scores.enumerated() {
                for place in candidates[index].indices {
                    candidates[index][place].score += scorer.weight * scores[candidates[index][place].token]
                }
            }
        }
        for (parent, candidates) in candidates.enumerated() {
            for (token, score) in candidates {
                best.offer((running[parent].logProbability + score, parent, token))
            }
        }
        return best.entries
    }

    /// [hypothesis][token]: the weighted sum of the scorers that see every token.
    private func weightedSums(of scorers: [WeightedScorer], hypothesisCount: Int) -> [[Float]] {
        var sums: [[Float]] = []
        for scorer in scorers where !scorer.isPartial {
            let weight = scorer.weight
            let scores = scorer.scorer.scores(candidates: nil)
            if sums.isEmpty { sums = scores.map { Array(repeating: 0, count: $0.count) } }
            for index in sums.indices {
                sums[index].withUnsafeMutableBufferPointer { sum in
                    for token in sum.indices { sum[token] += weight * scores[index][token] }
                }
            }
        }
        return sums
    }
}

/// The best extensions among those that are offered.
private struct BestExtensions {
    typealias Entry = (score: Float, parent: Int, token: Int)

    let capacity: Int
    /// Best first; of equals the one of the earlier parent, then the smaller token.
    private(set) var entries: [Entry] = []

    init(capacity: Int) {
        self.capacity = capacity
        entries.reserveCapacity(capacity + 1)
    }

    /// Offers every token that a text may have, and its end.
    mutating func offer(_ scores: [Float], parent: Int, base: Float) {
        let end = Vocabulary.endOfSentence
        offer((base + scores[end], parent, end))
        for token in Vocabulary.specialNames.count..<max(Vocabulary.specialNames.count, scores.count) {
            // Most of a large vocabulary is refused here.
            if entries.count == capacity, base + scores[token] < entries[capacity - 1].score { continue }
            offer((base + scores[token], parent, token))
        }
    }

    mutating func offer(_ entry: Entry) {
        if entries.count == capacity, !isBetter(entry, entries[capacity - 1]) { return }
        let place = entries.firstIndex { isBetter(entry, $0) } ?? entries.count
        entries.insert(entry, at: place)
        if entries.count > capacity { entries.removeLast() }
    }

    private func isBetter(_ a: Entry, _ b: Entry) -> Bool {
        a.score == b.score ? (a.parent, a.token) < (b.parent, b.token) : a.score > b.score
    }
}
