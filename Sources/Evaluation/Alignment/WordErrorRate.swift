/// The word error rate: counts first, the rate last.
///
/// `WordErrorRate(reference: "a b c", hypothesis: "a x")` has one hit, one substitution and one deletion: 2 / 3.
/// A corpus is the sum of its utterances:
/// ```
/// var total = WordErrorRate()
/// for (reference, hypothesis) in pairs { total += WordErrorRate(reference: reference, hypothesis: hypothesis) }
/// ```
public struct WordErrorRate: Hashable, Sendable, Codable {
    public var counts: ErrorCounts

    /// Nothing counted yet: the start of a sum.
    public init() { counts = ErrorCounts() }

    public init(counts: ErrorCounts) { self.counts = counts }

    /// Aligns the words of two texts. Texts are compared as they are: normalise them first.
    public init(reference: String, hypothesis: String, weights: AlignmentWeights = .levenshtein) {
        var scorer = PairScorer()
        counts = scorer.counts(reference: reference, hypothesis: hypothesis, unit: .words, weights: weights)
    }

    public var hits: Int { counts.hits }
    public var substitutions: Int { counts.substitutions }
    public var insertions: Int { counts.insertions }
    public var deletions: Int { counts.deletions }

    /// The number of words of the reference.
    public var referenceWords: Int { counts.referenceCount }

    /// Errors per reference word, as a fraction: above 1 when more is wrong than there are words.
    ///
    /// With an empty reference it is the number of inserted words, 0 when there are none (jiwer's rule).
    public var rate: Double { counts.errorRate }

    public static func += (left: inout WordErrorRate, right: WordErrorRate) { left.counts += right.counts }

    public static func + (left: WordErrorRate, right: WordErrorRate) -> WordErrorRate {
        WordErrorRate(counts: left.counts + right.counts)
    }
}
