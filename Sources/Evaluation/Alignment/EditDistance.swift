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
/// (Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"). Of very long pairs the
/// distance is found first, in a band that is doubled until it holds it (Ukkonen 1985): texts that are alike take
/// reference x errors / 64.
struct EditDistance: ~Copyable {
    /// The steps of the latest alignment, last step first.
    var reversedOperations: [EditOperation] = []
    var counts = ErrorCounts()
    var bits = BitMatrix()
    private var recordsOperations = false
    var weighted = WeightedMatrix()

    /// Pairs with more cells have their distance found first.
    static let bandedCellCount = 1 << 30

    /// Aligns `reference` and `hypothesis`, whose tokens are in 0..<`tokenCount`, and returns the counts.
    ///
    /// - Throws: `PairTooLong` when more than `cellLimit` cells of the matrix would be computed in one go.
    /// - Complexity: O(reference x hypothesis / 64) for `.levenshtein`, O(reference x hypothesis) for `.sclite`.
    mutating func align(
        reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, tokenCount: Int,
        weights: AlignmentWeights = .levenshtein, recordsOperations: Bool = false, cellLimit: Int = .max,
        bandedCellCount: Int = Self.bandedCellCount
    ) throws(PairTooLong) -> ErrorCounts {
        self.recordsOperations = recordsOperations
        reversedOperations.removeAll(keepingCapacity: true)
        counts = ErrorCounts()
        switch weights {
        case .levenshtein:
            bits.reserve(tokenCount: tokenCount)
            let (middleReference, middleHypothesis) = Self.withoutCommonEnds(reference[...], hypothesis[...])
            var distance: Int?
            if middleReference.count * middleHypothesis.count > min(bandedCellCount, cellLimit) {
                distance = bits.distance(
                    reference: .init(rebasing: middleReference), hypothesis: .init(rebasing: middleHypothesis),
                    cellLimit: cellLimit)
                guard distance != nil else { throw PairTooLong(reference.count, hypothesis.count) }
            }
            alignLevenshtein(
                reference[...], hypothesis[...], bound: max(reference.count, hypothesis.count), distance: distance)
        case .sclite:
            guard reference.count * hypothesis.count <= cellLimit else {
                throw PairTooLong(reference.count, hypothesis.count)
            }
            weighted.align(reference, hypothesis, reversedOperations: &reversedOperations)
            for operation in reversedOperations { counts.add(operation, count: 1) }
            if !recordsOperations { reversedOperations.removeAll(keepingCapacity: true) }
        }
        return counts
    }

    /// The steps of the latest alignment, first step first; empty unless it was asked to record them.
    public var operations: [EditOperation] { reversedOperations.reversed() }

    typealias Tokens = Slice<UnsafeBufferPointer<Int32>>

    /// Aligns by the three rules above; the distance is at most `bound`, and `distance` where it is known exactly.
    ///
    /// Rule 3 goes by the bound, as RapidFuzz has no better one; the cells that are computed go by the distance.
    private mutating func alignLevenshtein(
        _ reference: Tokens, _ hypothesis: Tokens, bound: Int, distance: Int? = nil
    ) {
        let whole = reference
        let (reference, hypothesis) = Self.withoutCommonEnds(reference, hypothesis)
        let prefix = reference.startIndex - whole.startIndex
        let suffix = whole.endIndex - reference.endIndex
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
                reference: .init(rebasing: reference), hypothesis: .init(rebasing: hypothesis),
                bound: distance ?? bound)
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

    /// What is left of two sequences without the tokens that both begin and then both end with.
    private static func withoutCommonEnds(_ left: Tokens, _ right: Tokens) -> (Tokens, Tokens) {
        var (left, right) = (left, right)
        var limit = min(left.count, right.count)
        var count = 0
        while count < limit && left[left.startIndex + count] == right[right.startIndex + count] { count += 1 }
        left = left.dropFirst(count)
        right = right.dropFirst(count)
        limit -= count
        count = 0
        while count < limit && left[left.endIndex - 1 - count] == right[right.endIndex - 1 - count] { count += 1 }
        return (left.dropLast(count), right.dropLast(count))
    }
}

/// Two texts that are too long, and too different, to be aligned in bearable time.
struct PairTooLong: Error {
    var referenceCount: Int
    var hypothesisCount: Int

    init(_ referenceCount: Int, _ hypothesisCount: Int) {
        self.referenceCount = referenceCount
        self.hypothesisCount = hypothesisCount
    }
}
