import Text

/// How much two transcripts of one recording have in common, where nobody knows what was said.
public struct TextAgreement: Sendable, Equatable {
    /// The characters in which they differ (substituted, inserted or deleted), as a share of the longer text's; 0: none, 1: all.
    public let difference: Double

    /// - Parameter normalizer: what both go through first.
    public init(_ first: String, _ second: String, normalizer: TextNormalizer) {
        let (first, second) = (normalizer.normalized(first), normalizer.normalized(second))
        let counts = CharacterErrorRate(reference: first, hypothesis: second).counts
        let errors = counts.substitutions + counts.insertions + counts.deletions
        let longer = max(counts.referenceCount, counts.hypothesisCount)
        difference = longer == 0 ? 0 : Double(errors) / Double(longer)
    }
}
