import Text

/// Takes the most probable of the characters and the end again and again.
public struct GreedySearch: Sendable {
    /// The most tokens that a text may have.
    public let maximumLength: Int

    public init(maximumLength: Int) { self.maximumLength = maximumLength }

    public func callAsFunction(_ scorer: some TokenScorer) -> Hypothesis {
        var hypothesis = Hypothesis()
        while true {
            let scores = scorer.scores(candidates: nil)[0]
            let characters = Vocabulary.specialNames.count..<scores.count
            let best = characters.reduce(Vocabulary.endOfSentence) { scores[$1] > scores[$0] ? $1 : $0 }
            hypothesis.isComplete = best == Vocabulary.endOfSentence
            if !hypothesis.isComplete && hypothesis.tokens.count == maximumLength { break }
            hypothesis.logProbability += scores[best]
            if hypothesis.isComplete { break }
            hypothesis.tokens.append(best)
            scorer.select(parents: [0], tokens: [best])
        }
        return hypothesis
    }
}
