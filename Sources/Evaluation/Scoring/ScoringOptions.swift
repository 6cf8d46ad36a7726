import Text

/// How a corpus is scored: all that decides over the figures.
public struct ScoringOptions: Sendable, Hashable {
    public var normalizer: TextNormalizer
    public var weights: AlignmentWeights

    public init(normalizer: TextNormalizer = .none, weights: AlignmentWeights = .levenshtein) {
        self.normalizer = normalizer
        self.weights = weights
    }
}

/// The errors of one utterance.
public struct UtteranceScore: Sendable, Hashable {
    public var words = ErrorCounts()
    public var characters = ErrorCounts()

    public init(words: ErrorCounts = ErrorCounts(), characters: ErrorCounts = ErrorCounts()) {
        self.words = words
        self.characters = characters
    }
}
