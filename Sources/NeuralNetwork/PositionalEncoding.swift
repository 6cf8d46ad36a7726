import Glibc
import Synchronization
import Tensors

/// Sinusoidal position encoding; Vaswani et al. 2017, section 3.5:
/// PE(position, 2i) = sin(position / 10000^(2i / d)), PE(position, 2i + 1) = cos(the same).
public final class PositionalEncoding: Sendable {
    public let modelDimension: Int
    /// [position, model] for positions from 0 on; replaced by a longer one when more are asked for.
    private let table: Mutex<Tensor>

    public init(modelDimension: Int) {
        self.modelDimension = modelDimension
        table = Mutex(Tensor(zeros: [0, modelDimension]))
    }

    /// [count, model] for positions `first ..< first + count`.
    public func callAsFunction(first: Int = 0, count: Int) -> Tensor {
        table.withLock { table in
            if table.shape[0] < first + count { table = computed(count: max(first + count, 2 * table.shape[0])) }
            return table.rows(first..<first + count)
        }
    }

    private func computed(count: Int) -> Tensor {
        let table = Tensor(uninitialized: [count, modelDimension])
        let frequencies = (0..<(modelDimension + 1) / 2).map {
            exp(-log(10_000) * Double(2 * $0) / Double(modelDimension))
        }
        for row in 0..<count {
            for column in 0..<modelDimension {
                let angle = Double(row) * frequencies[column / 2]
                table.floats[row * modelDimension + column] = Float(column % 2 == 0 ? sin(angle) : cos(angle))
            }
        }
        return table
    }
}
