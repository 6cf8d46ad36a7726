import Tensors
import Text

/// Keeps the `beamSize` best beginnings, extends each by every token, and keeps the best again, until texts are complete. With
/// a beam of 1 this is greedy search. Beginnings that hope for more, as those inside of a hotword, have as many places of their own.
///
/// It knows nothing of models: `TokenScorer`s say what each next token is worth, a tokenizer which tokens may be written.
public struct BeamSearch: Sendable {
    public let beamSize: Int
    /// The most tokens that a text may have.
    public let maximumLength: Int
    /// See `Hypothesis.normalizedScore`.
    public let lengthPenalty: Float
    let tokens: WritableTokens
    let ending: Ending
    /// How many of the best texts are to be found, at most `beamSize`: the search is not over before.
    let resultCount: Int

    /// When a search has found enough, and what counts as found.
    public enum Ending: Sendable, Equatable {
        /// A text is complete when its end is among the best extensions of a step. The search is over when no running text can become
        /// better.
        case best
        /// As openai/whisper (`decoding.py`, `BeamSearchDecoder`): every end that is better than the last text that runs on completes a
        /// text. The search is over when `patience * beamSize` texts are complete (Kasai et al. 2022); with fewer than `beamSize` of them
        /// at the length limit, those that run are candidates too. Texts are compared by their score per token, where `lengthPenalty` is 0.
        case counted(patience: Float)
    }

    public init(
        beamSize: Int, maximumLength: Int, lengthPenalty: Float = 0, tokens: WritableTokens, ending: Ending = .best,
        resultCount: Int = 1
    ) {
        precondition(beamSize >= 1, "BeamSearch: beam size \(beamSize)")
        precondition((1...beamSize).contains(resultCount), "BeamSearch: \(resultCount) results of \(beamSize)")
        self.resultCount = resultCount
        self.beamSize = beamSize
        self.maximumLength = maximumLength
        self.lengthPenalty = lengthPenalty
        self.tokens = tokens
        self.ending = ending
    }

    /// The hypotheses found, best first; at least one. Incomplete ones (the length limit ended them) come last.
    ///
    /// - Parameter scorers: at least one with a weight other than 0.
    /// - Throws: `SearchError` for scores that are NaN or +infinity; what a scorer throws.
    public func callAsFunction(_ scorers: [WeightedScorer]) throws -> [Hypothesis] {
        precondition(scorers.contains { $0.weight != 0 }, "BeamSearch: no scorer with a weight")
        var running = [Hypothesis(scores: Array(repeating: 0, count: scorers.count))]
        var finished: [Hypothesis] = []
        for length in 0...maximumLength {
            if length == maximumLength, case .counted = ending {
                if finished.count < beamSize { finished += running.prefix(beamSize - finished.count) }
                break
            }
            // 1. The best extensions of all hypotheses, with their scores: twice the beam, enough where half of them end.
            var step = SearchStep(scorers, tokens: tokens, length: length)
            let extensions = try step.bestExtensions(of: running, beamSize: beamSize)

            // 2. The best ones: complete texts are put aside, the others run on.
            var next: [Hypothesis] = []
            var parents: [Int] = []
            func isTaken(_ entry: BestExtensions.Entry) -> Bool {
                zip(parents, next).contains { $0 == entry.parent && $1.tokens.last == entry.token }
            }
            for (rank, entry) in (extensions.best + extensions.hopeful).enumerated() {
                let isEnd = entry.token == tokens.end
                let isKept =
                    if rank >= extensions.best.count {
                        !isEnd && length < maximumLength && !isTaken(entry)
                    } else {
                        isEnd
                            ? isComplete(rank: rank, runningCount: next.count, finishedCount: finished.count)
                            : next.count < beamSize && length < maximumLength
                    }
                guard isKept else { continue }
                var hypothesis = running[entry.parent]
                hypothesis.logProbability = entry.score
                let scores = step.scores(of: entry)
                hypothesis.tokenScores += scores
                for (index, score) in scores.enumerated() {
                    hypothesis.scores[index] += score
                    let weight = scorers[index].isBesideAudio ? 0 : scorers[index].weight
                    if weight != 0 { hypothesis.modelLogProbability += weight * score }
                }
                if isEnd {
                    hypothesis.isComplete = true
                    finished.append(hypothesis)
                } else {
                    hypothesis.tokens.append(entry.token)
                    next.append(hypothesis)
                    parents.append(entry.parent)
                }
            }
            let hope = extensions.hopeful.first?.rank
            if next.isEmpty || canStop(running: next, finished: finished, hope: hope, scorers) {
                if finished.count < neededCount {
                    finished += (next.isEmpty ? running : next).prefix(beamSize - finished.count)
                }
                break
            }
            for scorer in scorers { scorer.scorer.select(parents: parents, tokens: next.map { $0.tokens.last! }) }
            running = next
        }
        return sorted(finished)
    }

    /// The best first.
    func sorted(_ hypotheses: [Hypothesis]) -> [Hypothesis] { hypotheses.sorted { rank($0) > rank($1) } }

    /// Whether an end completes a text: one that is the `rank`th best extension, where `runningCount` better ones run on and
    /// `finishedCount` texts are complete.
    private func isComplete(rank: Int, runningCount: Int, finishedCount: Int) -> Bool {
        switch ending {
        case .best: rank < beamSize  // an end must be among the best of this length, or the text does not end here
        case .counted: runningCount < beamSize && finishedCount < neededCompleteCount
        }
    }

    /// Complete texts after which a search with counted ends is over.
    private var neededCompleteCount: Int {
        if case .counted(let patience) = ending { Int((Float(beamSize) * patience).rounded()) } else { .max }
    }

    /// Fewer complete texts than these are not enough: those that run are taken as well.
    private var neededCount: Int { ending == .best ? 1 : beamSize }

    /// What texts are sorted by.
    private func rank(_ hypothesis: Hypothesis) -> (Int, Float) {
        switch ending {
        case .best: (hypothesis.isComplete ? 1 : 0, hypothesis.normalizedScore(lengthPenalty: lengthPenalty))
        case .counted: (0, hypothesis.scorePerToken(lengthPenalty: lengthPenalty))
        }
    }

    /// Where scores only fall as a text grows, the best complete texts have won as soon as no running one is better. Where they
    /// may rise, by a scorer or by the length normalisation, `beamSize` complete texts are waited for.
    ///
    /// - Parameter hope: the best of what running texts hope for; nil: none does.
    private func canStop(
        running: [Hypothesis], finished: [Hypothesis], hope: Float?, _ scorers: [WeightedScorer]
    ) -> Bool {
        if case .counted = ending { return finished.count >= neededCompleteCount }
        guard finished.count >= resultCount else { return false }
        if let hope, let best = finished.map(\.logProbability).max(), hope > best { return false }
        let scoresOnlyFall =
            lengthPenalty == 0 && scorers.allSatisfy { $0.weight == 0 || ($0.weight > 0 && !$0.scorer.canRaiseScores) }
        if !scoresOnlyFall { return finished.count >= beamSize }
        let worst = finished.map(\.logProbability).sorted(by: >)[resultCount - 1]
        return running.allSatisfy { $0.logProbability <= worst }
    }
}
