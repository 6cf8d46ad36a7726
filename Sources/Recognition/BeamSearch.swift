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
            // 1. Every extension of every hypothesis, with its score.
            var extensions: [(score: Float, parent: Int, token: Int)] = []
            for (parent, candidates) in scoredCandidates(scorers, hypothesisCount: running.count).enumerated() {
                for (token, score) in candidates {
                    extensions.append((running[parent].logProbability + score, parent, token))
                }
            }
            extensions.sort { ($0.score, -$0.parent, -$0.token) > ($1.score, -$1.parent, -$1.token) }

            // 2. The best ones: complete texts are put aside, the others run on.
            var next: [Hypothesis] = []
            var parents: [Int] = []
            for (rank, (score, parent, token)) in extensions.prefix(2 * beamSize).enumerated() where score > -.infinity
            {
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

    /// For each hypothesis the tokens that may follow, with the weighted sum of all scorers.
    private func scoredCandidates(_ scorers: [WeightedScorer], hypothesisCount: Int) -> [[(token: Int, score: Float)]] {
        // Full scorers see every token.
        var sums: [[Float]] = Array(repeating: [], count: hypothesisCount)
        for scorer in scorers where !scorer.isPartial {
            for (index, scores) in scorer.scorer.scores(candidates: nil).enumerated() {
                if sums[index].isEmpty { sums[index] = Array(repeating: 0, count: scores.count) }
                for token in scores.indices { sums[index][token] += scorer.weight * scores[token] }
            }
        }
        let partial = scorers.filter(\.isPartial)
        let candidates = sums.map { sums -> [Int] in
            let possible = sums.indices.filter {
                $0 == Vocabulary.endOfSentence || $0 >= Vocabulary.specialNames.count
            }
            if partial.isEmpty { return possible }
            let best = possible.sorted { (sums[$0], $1) > (sums[$1], $0) }.prefix(candidateCount)
            // The end is always looked at: a scorer that has heard all must be able to say so.
            return best.contains(Vocabulary.endOfSentence) ? Array(best) : best + [Vocabulary.endOfSentence]
        }
        var result = zip(candidates, sums).map { candidates, sums in candidates.map { (token: $0, score: sums[$0]) } }
        for scorer in partial {
            for (index, scores) in scorer.scorer.scores(candidates: candidates).enumerated() {
                for place in result[index].indices {
                    result[index][place].score += scorer.weight * scores[result[index][place].token]
                }
            }
        }
        return result
    }
}
