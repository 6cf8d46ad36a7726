/// Aligns two token sequences and counts the errors: the scratch memory of one worker, reused for every pair.
///
/// Tokens are small integers, equal when the tokens are equal, from 0 up to `tokenCount`: `TokenTable` makes them.
/// The alignment is unique in its number of errors but not in its split into kinds. This one breaks ties as
/// RapidFuzz does, on which jiwer rests, so that all four counts are jiwer's:
/// 1. Common prefix and suffix are hits.
/// 2. From the end of what is left, a deletion is preferred, then an insertion if no pairing is as good.
/// 3. Where the matrix would reach 1 MiB (2 bits a cell), the hypothesis is cut in half at the smallest
///    reference position on a best path (Hirschberg 1975), and both halves are aligned by these rules.
///
/// Memory is linear in the length for long pairs; time is reference x hypothesis / 64 word operations
/// (Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances").
public struct EditDistance: ~Copyable {
    /// The steps of the latest alignment, last step first.
    var reversedOperations: [EditOperation] = []
    var counts = ErrorCounts()
    var bits = BitMatrix()
    private var recordsOperations = false
    var weighted = WeightedMatrix()

    public init() {}

    /// Aligns `reference` and `hypothesis`, whose tokens are in 0..<`tokenCount`, and returns the counts.
    ///
    /// - Complexity: O(reference x hypothesis / 64) for `.levenshtein`, O(reference x hypothesis) for `.sclite`.
    public mutating func align(
        reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, tokenCount: Int,
        weights: AlignmentWeights = .levenshtein, recordsOperations: Bool = false
    ) -> ErrorCounts {
        self.recordsOperations = recordsOperations
        reversedOperations.removeAll(keepingCapacity: true)
        counts = ErrorCounts()
        switch weights {
        case .levenshtein:
            bits.reserve(tokenCount: tokenCount)
            alignLevenshtein(reference[...], hypothesis[...], bound: max(reference.count, hypothesis.count))
        case .sclite:
            weighted.align(reference, hypothesis, reversedOperations: &reversedOperations)
            for operation in reversedOperations { counts.add(operation, count: 1) }
            if !recordsOperations { reversedOperations.removeAll(keepingCapacity: true) }
        }
        return counts
    }

    /// The steps of the latest alignment, first step first; empty unless it was asked to record them.
    public var operations: [EditOperation] { reversedOperations.reversed() }

    typealias Tokens = Slice<UnsafeBufferPointer<Int32>>

    /// Aligns by the three rules above; the distance is at most `bound`.
    private mutating func alignLevenshtein(_ reference: Tokens, _ hypothesis: Tokens, bound: Int) {
        var reference = reference
        var hypothesis = hypothesis
        let prefix = Self.commonPrefix(reference, hypothesis)
        reference = reference.dropFirst(prefix)
        hypothesis = hypothesis.dropFirst(prefix)
        let suffix = Self.commonSuffix(reference, hypothesis)
        reference = reference.dropLast(suffix)
        hypothesis = hypothesis.dropLast(suffix)
        note(.hit, count: suffix)
        defer { note(.hit, count: prefix) }

        if reference.isEmpty || hypothesis.isEmpty {
            note(.deletion, count: reference.count)
            note(.insertion, count: hypothesis.count)
            return
        }
        let bound = min(bound, max(reference.count, hypothesis.count))
        let band = min(reference.count, 2 * bound + 1)
        let matrixByteCount = 2 * band * hypothesis.count / 8
        if matrixByteCount < 1 << 20 || reference.count < 65 || hypothesis.count < 10 {
            bits.fill(reference: .init(rebasing: reference), hypothesis: .init(rebasing: hypothesis), bound: bound)
            trace(reference, hypothesis)
        } else {
            let cut = bits.cut(
                reference: .init(rebasing: reference), hypothesis: .init(rebasing: hypothesis), bound: bound)
            // The end first: operations are noted from last to first.
            alignLevenshtein(
                reference.dropFirst(cut.reference), hypothesis.dropFirst(cut.hypothesis), bound: cut.rightDistance)
            alignLevenshtein(
                reference.prefix(cut.reference), hypothesis.prefix(cut.hypothesis), bound: cut.leftDistance)
        }
    }

    /// Walks back from the end of the filled matrix and notes each step.
    private mutating func trace(_ reference: Tokens, _ hypothesis: Tokens) {
        var column = reference.count
        var row = hypothesis.count
        while row > 0 && column > 0 {
            if bits.increases(row: row - 1, column: column - 1) {
                column -= 1
                note(.deletion, count: 1)
                continue
            }
            row -= 1
            if row > 0 && bits.decreases(row: row - 1, column: column - 1) {
                note(.insertion, count: 1)
            } else {
                column -= 1
                let isEqual =
                    reference[reference.startIndex + column] == hypothesis[hypothesis.startIndex + row]
                note(isEqual ? .hit : .substitution, count: 1)
            }
        }
        note(.deletion, count: column)
        note(.insertion, count: row)
    }

    @inline(__always)
    private mutating func note(_ operation: EditOperation, count: Int) {
        guard count > 0 else { return }
        counts.add(operation, count: count)
        if recordsOperations { reversedOperations.append(contentsOf: repeatElement(operation, count: count)) }
    }

    private static func commonPrefix(_ left: Tokens, _ right: Tokens) -> Int {
        let limit = min(left.count, right.count)
        var count = 0
        while count < limit && left[left.startIndex + count] == right[right.startIndex + count] { count += 1 }
        return count
    }

    private static func commonSuffix(_ left: Tokens, _ right: Tokens) -> Int {
        let limit = min(left.count, right.count)
        var count = 0
        while count < limit && left[left.endIndex - 1 - count] == right[right.endIndex - 1 - count] { count += 1 }
        return count
    }
}
