/// What an error costs when reference and hypothesis are aligned.
///
/// The total number of errors and its split into substitutions, insertions and deletions depend on it, so a report
/// names it beside its figures.
public enum AlignmentWeights: String, CaseIterable, Codable, Sendable {
    /// Every error costs 1: the smallest possible number of errors, as jiwer counts.
    case levenshtein
    /// Substitution 4, insertion and deletion 3, as NIST sclite counts.
    case sclite

    /// How much of the matrix of one utterance is computed before it is refused: a few seconds' work.
    var cellLimit: Int {
        switch self {
        case .levenshtein: return 1 << 35
        case .sclite: return 1 << 31
        }
    }
}

/// One step of an alignment.
public enum EditOperation: UInt8, Sendable, BitwiseCopyable, Codable {
    case hit, substitution, insertion, deletion
}
