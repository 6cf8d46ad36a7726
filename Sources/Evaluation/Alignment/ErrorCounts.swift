/// What an alignment of reference and hypothesis counts: hits, substitutions, insertions and deletions.
///
/// Sums over a corpus are sums of counts: rates are computed last, from the sums, never averaged.
public struct ErrorCounts: Hashable, Sendable, Codable {
    /// Reference tokens that the hypothesis has right.
    public var hits: Int
    /// Reference tokens for which the hypothesis has another token.
    public var substitutions: Int
    /// Hypothesis tokens without a reference token.
    public var insertions: Int
    /// Reference tokens without a hypothesis token.
    public var deletions: Int

    public init(hits: Int = 0, substitutions: Int = 0, insertions: Int = 0, deletions: Int = 0) {
        self.hits = hits
        self.substitutions = substitutions
        self.insertions = insertions
        self.deletions = deletions
    }

    /// Substitutions, insertions and deletions together.
    public var errors: Int { substitutions + insertions + deletions }

    /// The number of tokens of the reference: hits, substitutions and deletions.
    public var referenceCount: Int { hits + substitutions + deletions }

    /// The number of tokens of the hypothesis: hits, substitutions and insertions.
    public var hypothesisCount: Int { hits + substitutions + insertions }

    /// Errors per reference token, as a fraction; the number of insertions when the reference is empty (jiwer's rule).
    public var errorRate: Double {
        if referenceCount == 0 { return Double(insertions) }
        return Double(errors) / Double(referenceCount)
    }

    /// Errors per aligned pair (MER): errors / (hits + errors); 0 when reference and hypothesis are both empty.
    public var matchErrorRate: Double {
        let aligned = hits + errors
        return aligned == 0 ? 0 : Double(errors) / Double(aligned)
    }

    /// Word information preserved (WIP): hits / reference tokens x hits / hypothesis tokens.
    ///
    /// 1 when both are empty; 0 when exactly one of them is. (Morris et al. 2004, "From WER and RIL to MER and WIL".)
    public var informationPreserved: Double {
        if referenceCount == 0 { return hypothesisCount == 0 ? 1 : 0 }
        if hypothesisCount == 0 { return 0 }
        return (Double(hits) / Double(referenceCount)) * (Double(hits) / Double(hypothesisCount))
    }

    /// Word information lost (WIL): 1 - `informationPreserved`.
    public var informationLost: Double { 1 - informationPreserved }

    /// Counts `count` more steps of one kind.
    @inline(__always)
    mutating func add(_ operation: EditOperation, count: Int) {
        switch operation {
        case .hit: hits += count
        case .substitution: substitutions += count
        case .insertion: insertions += count
        case .deletion: deletions += count
        }
    }

    public static func + (left: ErrorCounts, right: ErrorCounts) -> ErrorCounts {
        var sum = left
        sum += right
        return sum
    }

    public static func += (left: inout ErrorCounts, right: ErrorCounts) {
        left.hits += right.hits
        left.substitutions += right.substitutions
        left.insertions += right.insertions
        left.deletions += right.deletions
    }
}
