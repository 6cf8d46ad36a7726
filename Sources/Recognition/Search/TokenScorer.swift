/// Something that says how probable each next token is: a decoder, a CTC output, a language model.
///
/// A scorer follows a set of hypotheses: at first the empty one. `select` tells it which continue, and how.
public protocol TokenScorer: AnyObject {
    /// Log probabilities in nats of the next token of every hypothesis: [hypothesis][vocabulary].
    ///
    /// - Parameter candidates: for each hypothesis the tokens that matter; others may be left at -infinity. Nil: all.
    func scores(candidates: [[Int]]?) -> [[Float]]

    /// New hypothesis i is what old hypothesis `parents[i]` was, followed by `tokens[i]`, one of its candidates.
    func select(parents: [Int], tokens: [Int])
}
