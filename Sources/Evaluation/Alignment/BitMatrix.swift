/// The edit-distance matrix of Hyyrö (2003), 64 reference tokens to a machine word, as differences between neighbours.
///
/// Row r belongs to hypothesis token r, column c to reference token c. Two bits say how the distance changes from
/// column c - 1 to c: increases, decreases or (neither) stays. Blocks of 64 columns are computed one after the other,
/// each down all its rows; `carries` holds the step from row to row at the block's left edge. So the table that says
/// where a token stands in a block needs one word for each token, whatever the length of the reference.
///
/// Only rows within `bound` of a block's columns are computed: a path of at most `bound` errors never leaves them.
/// What lies outside is replaced by upper bounds (+1 a step), which leaves every cell on a best path exact.
struct BitMatrix: ~Copyable {
    /// For each token, the columns of the current block where it stands.
    private var positions: UnsafeMutableBufferPointer<UInt64>
    /// For each row, the step of the distance from the row before it, at the right edge of the latest block: -1, 0, 1.
    private var carries: UnsafeMutableBufferPointer<Int8>
    private var increasing: UnsafeMutableBufferPointer<UInt64>
    private var decreasing: UnsafeMutableBufferPointer<UInt64>
    /// For each block, the place in `increasing` of its row 0 (minus what is not stored above it).
    private var blockOffsets: [Int] = []

    init() {
        positions = .allocate(capacity: 0)
        carries = .allocate(capacity: 0)
        increasing = .allocate(capacity: 0)
        decreasing = .allocate(capacity: 0)
    }

    deinit {
        positions.deallocate()
        carries.deallocate()
        increasing.deallocate()
        decreasing.deallocate()
    }

    /// Makes room for tokens 0..<`tokenCount`.
    mutating func reserve(tokenCount: Int) {
        guard positions.count < tokenCount else { return }
        positions.deallocate()
        positions = .allocate(capacity: max(tokenCount, 256))
        positions.initialize(repeating: 0)
    }

    /// Whether the distance grows by 1 from column - 1 to column in this row of the matrix filled last.
    @inline(__always)
    func increases(row: Int, column: Int) -> Bool {
        increasing[blockOffsets[column >> 6] + row] >> UInt64(column & 63) & 1 != 0
    }

    /// Whether the distance shrinks by 1 from column - 1 to column in this row of the matrix filled last.
    @inline(__always)
    func decreases(row: Int, column: Int) -> Bool {
        decreasing[blockOffsets[column >> 6] + row] >> UInt64(column & 63) & 1 != 0
    }

    /// Fills the matrix of two non-empty sequences whose distance is at most `bound`.
    mutating func fill(reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, bound: Int) {
        let blockCount = (reference.count + 63) / 64
        var capacity = 0
        blockOffsets.removeAll(keepingCapacity: true)
        for block in 0..<blockCount {
            let rows = Self.rows(ofBlock: block, rowCount: hypothesis.count, bound: bound)
            blockOffsets.append(capacity - rows.lowerBound)
            capacity += rows.count
        }
        if increasing.count < capacity {
            increasing.deallocate()
            decreasing.deallocate()
            increasing = .allocate(capacity: capacity * 2)
            decreasing = .allocate(capacity: capacity * 2)
        }
        prepareCarries(rowCount: hypothesis.count)
        for block in 0..<blockCount {
            let rows = Self.rows(ofBlock: block, rowCount: hypothesis.count, bound: bound)
            let offset = blockOffsets[block]
            _ = run(block: block, reference: reference, rows: rows, hypothesis: hypothesis, isReversed: false) {
                increasing[offset + $0] = $1
                decreasing[offset + $0] = $2
            }
        }
    }

    /// The distance of two non-empty sequences, found in a band that is doubled until it is wide enough.
    ///
    /// Nil when a band would have more than `cellLimit` cells.
    mutating func distance(
        reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, cellLimit: Int
    ) -> Int? {
        let largest = max(reference.count, hypothesis.count)
        var bound = max(1024, abs(reference.count - hypothesis.count))
        while true {
            let bandRowCount = min(hypothesis.count, 2 * bound + 64)
            guard reference.count <= cellLimit / bandRowCount else { return nil }
            let distances = lastRow(
                reference: reference, hypothesis: hypothesis, rowCount: hypothesis.count, bound: bound, reversed: false)
            // What is found in a band is never too small, and exact where the band holds it.
            let distance = Int(distances[reference.count])
            if distance <= bound || bound >= largest { return distance }
            bound = min(2 * bound, largest)
        }
    }

    /// Where to cut a long pair so that both halves together have the distance of the whole.
    struct Cut {
        var reference: Int
        var hypothesis: Int
        var leftDistance: Int
        var rightDistance: Int
    }

    /// Cuts the hypothesis in its middle and the reference at the first place where a best path crosses it.
    mutating func cut(reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, bound: Int) -> Cut
    {
        let middle = hypothesis.count / 2
        let left = lastRow(
            reference: reference, hypothesis: hypothesis, rowCount: middle, bound: bound, reversed: false)
        let right = lastRow(
            reference: reference, hypothesis: hypothesis, rowCount: hypothesis.count - middle, bound: bound,
            reversed: true)
        var best = Cut(reference: 0, hypothesis: middle, leftDistance: Int.max / 2, rightDistance: 0)
        for column in 0...reference.count {
            let leftDistance = Int(left[column])
            let rightDistance = Int(right[reference.count - column])
            if leftDistance + rightDistance < best.leftDistance + best.rightDistance {
                best.reference = column
                best.leftDistance = leftDistance
                best.rightDistance = rightDistance
            }
        }
        return best
    }

    /// The distances between the first (reversed: last) `rowCount` hypothesis tokens and every prefix (suffix) of the
    /// reference; a large number outside the band.
    private mutating func lastRow(
        reference: UnsafeBufferPointer<Int32>, hypothesis: UnsafeBufferPointer<Int32>, rowCount: Int, bound: Int,
        reversed: Bool
    ) -> [Int32] {
        let outside = Int32.max / 4
        var distances = [Int32](repeating: outside, count: reference.count + 1)
        distances[0] = Int32(rowCount)
        prepareCarries(rowCount: rowCount)
        // The distance at the left edge of the block, in the last row that the block before it computed.
        var edgeDistance = rowCount
        var edgeRow = rowCount
        for block in 0..<(reference.count + 63) / 64 {
            let rows = Self.rows(ofBlock: block, rowCount: rowCount, bound: bound)
            if rows.isEmpty { break }
            // Rows below the ones of the block before it step by +1 each, as `run` assumes.
            edgeDistance += rows.upperBound - edgeRow
            edgeRow = rows.upperBound
            let (increases, decreases) = run(
                block: block, reference: reference, rows: rows, hypothesis: hypothesis, isReversed: reversed
            ) { _, _, _ in }
            let reachesLastRow = rows.upperBound == rowCount
            for bit in 0..<min(64, reference.count - block * 64) {
                edgeDistance += Int(increases >> UInt64(bit) & 1) - Int(decreases >> UInt64(bit) & 1)
                if reachesLastRow { distances[block * 64 + bit + 1] = Int32(edgeDistance) }
            }
        }
        return distances
    }

    /// The rows within `bound` of the columns of a block.
    private static func rows(ofBlock block: Int, rowCount: Int, bound: Int) -> Range<Int> {
        let first = min(max(block * 64 - bound - 1, 0), rowCount)
        return first..<max(first, min(block * 64 + 64 + bound + 1, rowCount))
    }

    /// The left edge of the matrix: each row is one insertion more than the row before.
    private mutating func prepareCarries(rowCount: Int) {
        if carries.count < rowCount {
            carries.deallocate()
            carries = .allocate(capacity: rowCount * 2)
        }
        for row in 0..<rowCount { carries[row] = 1 }
    }

    /// Computes one block of 64 columns in `rows`, hands each row's bits to `store`, and returns the last row's bits.
    @inline(__always)
    private func run(
        block: Int, reference: UnsafeBufferPointer<Int32>, rows: Range<Int>, hypothesis: UnsafeBufferPointer<Int32>,
        isReversed: Bool, store: (_ row: Int, _ increases: UInt64, _ decreases: UInt64) -> Void
    ) -> (increases: UInt64, decreases: UInt64) {
        let positions = positions.baseAddress!
        let carries = carries.baseAddress!
        let reference = reference
        let start = block * 64
        let width = min(64, reference.count - start)
        let lastReference = reference.count - 1
        let lastHypothesis = hypothesis.count - 1
        for bit in 0..<width {
            let column = isReversed ? lastReference - start - bit : start + bit
            positions[Int(reference[column])] |= 1 << UInt64(bit)
        }
        let rightEdge = UInt64(width - 1)
        var increases = ~UInt64(0)
        var decreases = UInt64(0)
        for row in rows {
            let token = Int(hypothesis[isReversed ? lastHypothesis - row : row])
            let carry = carries[row]
            let grew: UInt64 = carry > 0 ? 1 : 0
            let shrank: UInt64 = carry < 0 ? 1 : 0
            let matches = positions[token] | shrank
            let diagonal = (((matches & increases) &+ increases) ^ increases) | matches | decreases
            var down = decreases | ~(diagonal | increases)
            var up = diagonal & increases
            carries[row] =
                Int8(truncatingIfNeeded: down >> rightEdge & 1) &- Int8(truncatingIfNeeded: up >> rightEdge & 1)
            down = down << 1 | grew
            up = up << 1 | shrank
            increases = up | ~(diagonal | down)
            decreases = down & diagonal
            store(row, increases, decreases)
        }
        for bit in 0..<width {
            let column = isReversed ? lastReference - start - bit : start + bit
            positions[Int(reference[column])] = 0
        }
        return (increases, decreases)
    }
}
