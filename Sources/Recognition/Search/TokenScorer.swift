import Tensors

/// Something that says how probable each next token is: a decoder, a CTC output, a language model.
///
/// A scorer follows a set of hypotheses: at first the empty one. `select` tells it which continue, and how.
public protocol TokenScorer: AnyObject {
    /// Log probabilities in nats of every next token: [hypothesis, token], float32. Tokens that cannot be next are -infinity.
    func scores() throws -> Tensor

    /// Log probabilities in nats of some next tokens of each hypothesis: [hypothesis][candidate], as `scores` has them.
    func scores(of candidates: [[Int]]) throws -> [[Float]]

    /// New hypothesis i is what old hypothesis `parents[i]` was, followed by `tokens[i]`, one of those that were scored.
    func select(parents: [Int], tokens: [Int])

    /// What more some next tokens of each hypothesis are worth if the text goes on as hoped, in nats, not in `scores` yet: [hypothesis].
    /// Hypotheses that hope have places of their own in a beam.
    func hopes() -> [[(token: Int, value: Float)]]

    /// Whether a score may be above 0, so that a longer text can be worth more than its beginning: a reward for length, say.
    var canRaiseScores: Bool { get }
}

extension TokenScorer {
    public func scores(of candidates: [[Int]]) throws -> [[Float]] {
        let scores = try scores()
        return candidates.enumerated().map { hypothesis, tokens in
            tokens.map { scores.floats[hypothesis * scores.columnCount + $0] }
        }
    }

    public func hopes() -> [[(token: Int, value: Float)]] { [] }

    public var canRaiseScores: Bool { false }
}

/// A scorer with a name, and its share of the score of a hypothesis.
public struct WeightedScorer {
    /// What its scores are called where they are written, such as `decoder`.
    public let name: String
    public let scorer: any TokenScorer
    public let weight: Float
    /// Whether it is too expensive for all tokens: it then scores only those that the others think best.
    public let isPartial: Bool
    /// Whether it says what a text is worth beside what was heard, as language models and rewards do.
    public let isBesideAudio: Bool

    public init(
        _ name: String, _ scorer: any TokenScorer, weight: Float, isPartial: Bool = false, isBesideAudio: Bool = false
    ) {
        self.name = name
        self.scorer = scorer
        self.weight = weight
        self.isPartial = isPartial
        self.isBesideAudio = isBesideAudio
    }
}

/// A search that cannot go on.
public struct SearchError: Error, CustomStringConvertible, Equatable {
    public let description: String

    /// - Parameter what: whose scores are NaN or infinite.
    static func notFinite(_ what: String) -> SearchError {
        SearchError(
            description: "\(what) gives NaN or infinite scores: the model's weights are damaged, or too large for this "
                + "precision; train or copy the model again")
    }
}
