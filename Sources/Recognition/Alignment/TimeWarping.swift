/// Dynamic time warping: the cheapest way through a matrix from its first corner to its last, row by row and column by column.
package struct TimeWarping {
    /// The rows and the columns of the way, from its beginning.
    package private(set) var rows: [Int] = []
    package private(set) var columns: [Int] = []

    /// The way whose sum is the smallest. A step goes one row, one column, or both further; of equals the column is preferred, as in
    /// openai/whisper (`timing.py`, `dtw_cpu`).
    ///
    /// - Parameters:
    ///   - cost: [row, column], row after row
    ///   - columnCount: at least 1, where there are rows
    package init(cost: [Float], columnCount: Int) {
        guard !cost.isEmpty else { return }
        let rowCount = cost.count / columnCount
        precondition(rowCount * columnCount == cost.count, "TimeWarping: \(cost.count) costs in rows of \(columnCount)")
        // sums[i + 1][j + 1]: the cheapest way to row i and column j.
        let width = columnCount + 1
        var sums = [Float](repeating: .infinity, count: (rowCount + 1) * width)
        var steps = [Step](repeating: .column, count: (rowCount + 1) * width)
        sums[0] = 0
        for row in 1...rowCount {
            steps[row * width] = .row
            for column in 1...columnCount {
                let both = sums[(row - 1) * width + column - 1]
                let down = sums[(row - 1) * width + column]
                let right = sums[row * width + column - 1]
                let place = row * width + column
                let best: Float
                if both < down && both < right {
                    (best, steps[place]) = (both, .both)
                } else if down < both && down < right {
                    (best, steps[place]) = (down, .row)
                } else {
                    (best, steps[place]) = (right, .column)
                }
                sums[place] = cost[(row - 1) * columnCount + column - 1] + best
            }
        }
        var (row, column) = (rowCount, columnCount)
        while row > 0 || column > 0 {
            rows.append(row - 1)
            columns.append(column - 1)
            switch steps[row * width + column] {
            case .both: (row, column) = (row - 1, column - 1)
            case .row: row -= 1
            case .column: column -= 1
            }
        }
        rows.reverse()
        columns.reverse()
    }

    private enum Step: UInt8 { case both, row, column }
}
