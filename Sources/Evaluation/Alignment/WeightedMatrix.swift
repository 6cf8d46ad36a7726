/// The alignment of sclite: substitution 4, insertion and deletion 3, the cheapest path.
///
/// The path is traced back from the end of the matrix, one byte a cell for the step that leads there. Of a long pair only
/// the distances of every so many rows are kept, and the steps of the rows between are computed again when the path comes
/// to them: the same path, in twice the time, with memory that grows as reference x sqrt(hypothesis).
struct WeightedMatrix: ~Copyable {
    static let substitutionCost: Int32 = 4
    static let insertionCost: Int32 = 3
    static let deletionCost: Int32 = 3

    /// Up to so many cells all steps are kept.
    static let wholeCellCount = 1 << 24

    private var steps = ScratchBuffer<EditOperation>()
    private var distances = ScratchBuffer<Int32>()
    private var keptDistances = ScratchBuffer<Int32>()

    /// Aligns and appends every step, from the last to the first.
    mutating func align(
        _ reference: UnsafeBufferPointer<Int32>, _ hypothesis: UnsafeBufferPointer<Int32>,
        reversedOperations: inout [EditOperation], wholeCellCount: Int = Self.wholeCellCount
    ) {
        let width = reference.count + 1
        let rowCount = hypothesis.count
        let isWhole = width * (rowCount + 1) <= wholeCellCount
        // A kept row has four bytes a cell, a step one: this many rows a band need least memory.
        let bandRowCount = isWhole ? max(rowCount, 1) : Int(Double(4 * rowCount).squareRoot()) + 1
        let bandCount = max(1, (rowCount + bandRowCount - 1) / bandRowCount)
        let steps = steps.room(for: (min(bandRowCount, rowCount) + 1) * width)
        let distances = distances.room(for: width)
        let kept = keptDistances.room(for: bandCount * width)

        // `kept`: [band, column], the distances of the row above the band.
        for column in 0..<width { kept[column] = Int32(column) * Self.deletionCost }
        for band in 1..<max(bandCount, 1) {
            distances.update(from: kept + (band - 1) * width, count: width)
            let rows = (band - 1) * bandRowCount..<band * bandRowCount
            Self.fill(reference, hypothesis, rows: rows, distances: distances, steps: nil)
            (kept + band * width).update(from: distances, count: width)
        }

        var column = reference.count
        var row = rowCount
        for band in (0..<bandCount).reversed() {
            let rows = band * bandRowCount..<min((band + 1) * bandRowCount, rowCount)
            distances.update(from: kept + band * width, count: width)
            Self.fill(reference, hypothesis, rows: rows, distances: distances, steps: steps)
            while row > rows.lowerBound || (band == 0 && column > 0) {
                let step: EditOperation = row == 0 ? .deletion : steps[(row - rows.lowerBound - 1) * width + column]
                reversedOperations.append(step)
                if step != .insertion { column -= 1 }
                if step != .deletion { row -= 1 }
            }
        }
    }

    /// Computes `rows` from the distances of the row above them and leaves those of the last one; `steps` is `[row, column]`.
    private static func fill(
        _ reference: UnsafeBufferPointer<Int32>, _ hypothesis: UnsafeBufferPointer<Int32>, rows: Range<Int>,
        distances: UnsafeMutablePointer<Int32>, steps: UnsafeMutablePointer<EditOperation>?
    ) {
        for row in rows {
            let token = hypothesis[row]
            let rowSteps = steps.map { $0 + (row - rows.lowerBound) * (reference.count + 1) }
            var diagonal = distances[0]
            var left = diagonal + insertionCost
            distances[0] = left
            rowSteps?[0] = .insertion
            for column in 0..<reference.count {
                let isEqual = reference[column] == token
                var best = diagonal + (isEqual ? 0 : substitutionCost)
                var step: EditOperation = isEqual ? .hit : .substitution
                diagonal = distances[column + 1]
                let inserted = diagonal + insertionCost
                if inserted < best {
                    best = inserted
                    step = .insertion
                }
                let deleted = left + deletionCost
                if deleted < best {
                    best = deleted
                    step = .deletion
                }
                left = best
                distances[column + 1] = best
                if let rowSteps { rowSteps[column + 1] = step }
            }
        }
    }
}
