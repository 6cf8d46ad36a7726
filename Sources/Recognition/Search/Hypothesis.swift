import Glibc

/// A beginning of a text, with its score.
public struct Hypothesis: Sendable, Equatable {
    /// The tokens so far, without start and end.
    public var tokens: [Int]
    /// The weighted sum of `scores`, in nats.
    public var logProbability: Float
    /// The same of the scorers that hear the audio: what the model says of the text, without language models and rewards.
    public var modelLogProbability: Float = 0
    /// The sum of the log probabilities that each scorer of the search gave, in nats, in the order of the scorers.
    public var scores: [Float]
    /// The log probability that each scorer gave each token, the end included, in nats, not weighted: [token, scorer], row after row.
    public var tokenScores: [Float] = []
    /// Whether the end token came; false if the length limit did.
    public var isComplete: Bool

    public init(tokens: [Int] = [], logProbability: Float = 0, scores: [Float] = [], isComplete: Bool = false) {
        self.tokens = tokens
        self.logProbability = logProbability
        self.scores = scores
        self.isComplete = isComplete
    }

    /// The score by which texts of different lengths are compared: logProbability / ((5 + length) / 6)^lengthPenalty;
    /// Wu et al. 2016, equation 14. The length counts the end.
    public func normalizedScore(lengthPenalty: Float) -> Float {
        lengthPenalty == 0
            ? logProbability : logProbability / powf(Float(5 + tokens.count + 1) / 6, lengthPenalty)
    }

    /// The score by which openai/whisper compares texts (`decoding.py`, `MaximumLikelihoodRanker`): logProbability / length where
    /// `lengthPenalty` is 0, otherwise as `normalizedScore`. The length does not count the end. A text without tokens has the lowest.
    func scorePerToken(lengthPenalty: Float) -> Float {
        if tokens.isEmpty { return -.infinity }
        let length = Float(tokens.count)
        return logProbability / (lengthPenalty == 0 ? length : powf((5 + length) / 6, lengthPenalty))
    }
}
