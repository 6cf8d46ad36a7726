/// The character error rate: counts first, the rate last.
///
/// Characters are Unicode scalars (a letter followed by a combining accent is two), spaces between words included.
public struct CharacterErrorRate: Hashable, Sendable, Codable {
    public var counts: ErrorCounts

    /// Nothing counted yet: the start of a sum.
    public init() { counts = ErrorCounts() }

    public init(counts: ErrorCounts) { self.counts = counts }

    /// Aligns the characters of two texts. Texts are compared as they are: normalise them first.
    public init(reference: String, hypothesis: String, weights: AlignmentWeights = .levenshtein) {
        var scorer = PairScorer()
        counts = scorer.counts(reference: reference, hypothesis: hypothesis, unit: .characters, weights: weights)
    }

    public var hits: Int { counts.hits }
    public var substitutions: Int { counts.substitutions }
    public var insertions: Int { counts.insertions }
    public var deletions: Int { counts.deletions }

    /// The number of characters of the reference.
    public var referenceCharacters: Int { counts.referenceCount }

    /// Errors per reference character, as a fraction; the number of insertions when the reference is empty.
    public var rate: Double { counts.errorRate }

    public static func += (left: inout CharacterErrorRate, right: CharacterErrorRate) { left.counts += right.counts }

    public static func + (left: CharacterErrorRate, right: CharacterErrorRate) -> CharacterErrorRate {
        CharacterErrorRate(counts: left.counts + right.counts)
    }
}
