import Synchronization
import Tensors

/// Values for positions from 0 on, computed once; replaced by a longer table when more are asked for.
final class PositionTable: Sendable {
    private let columnCount: Int
    private let value: @Sendable (_ position: Int, _ column: Int) -> Float
    /// [position, column]
    private let table: Mutex<Tensor>

    init(columnCount: Int, value: @escaping @Sendable (_ position: Int, _ column: Int) -> Float) {
        self.columnCount = columnCount
        self.value = value
        table = Mutex(Tensor(zeros: [0, columnCount]))
    }

    /// [range.count, column]
    func callAsFunction(_ range: Range<Int>) -> Tensor {
        table.withLock { table in
            if table.shape[0] < range.upperBound {
                table = computed(count: max(range.upperBound, 2 * table.shape[0]))
            }
            return table.rows(range)
        }
    }

    private func computed(count: Int) -> Tensor {
        let table = Tensor(uninitialized: [count, columnCount])
        for row in 0..<count {
            for column in 0..<columnCount { table.floats[row * columnCount + column] = value(row, column) }
        }
        return table
    }
}
