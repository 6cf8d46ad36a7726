import Glibc

/// A beginning of a text, with its score.
public struct Hypothesis: Sendable, Equatable {
    /// The tokens so far, without start and end.
    public var tokens: [Int]
    /// The weighted sum of the scorers' log probabilities, in nats.
    public var logProbability: Float
    /// Whether the end token came; false if the length limit did.
    public var isComplete: Bool

    public init(tokens: [Int] = [], logProbability: Float = 0, isComplete: Bool = false) {
        self.tokens = tokens
        self.logProbability = logProbability
        self.isComplete = isComplete
    }

    /// The score by which texts of different lengths are compared: logProbability / ((5 + length) / 6)^lengthPenalty;
    /// Wu et al. 2016, equation 14. The length counts the end.
    public func normalizedScore(lengthPenalty: Float) -> Float {
        lengthPenalty == 0
            ? logProbability : logProbability / powf(Float(5 + tokens.count + 1) / 6, lengthPenalty)
    }
}
