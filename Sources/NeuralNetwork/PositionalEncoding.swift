import Glibc
import Tensors

/// Sinusoidal position encoding; Vaswani et al. 2017, section 3.5:
/// PE(position, 2i) = sin(position / 10000^(2i / d)), PE(position, 2i + 1) = cos(the same).
public final class PositionalEncoding: Sendable {
    public let modelDimension: Int
    private let table: PositionTable

    public init(modelDimension: Int) {
        self.modelDimension = modelDimension
        let frequencies = (0..<(modelDimension + 1) / 2).map {
            exp(-log(10_000) * Double(2 * $0) / Double(modelDimension))
        }
        table = PositionTable(columnCount: modelDimension) { position, column in
            let angle = Double(position) * frequencies[column / 2]
            return Float(column % 2 == 0 ? sin(angle) : cos(angle))
        }
    }

    /// [count, model] for positions `first ..< first + count`.
    public func callAsFunction(first: Int = 0, count: Int) -> Tensor { table(first..<first + count) }
}
