import Numerics
import Tensors

/// `count` numbers uniform in `range`, the same for the same seed.
public func randomValues(_ count: Int, seed: UInt64, in range: ClosedRange<Float> = -1...1) -> [Float] {
    var generator = RandomKey(seed: seed).generator
    return (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform() }
}

extension Tensor {
    /// Numbers uniform in `range`, the same for the same seed.
    public static func random(_ shape: [Int], seed: UInt64, in range: ClosedRange<Float> = -1...1) -> Tensor {
        Tensor(randomValues(shape.reduce(1, *), seed: seed, in: range), shape: shape)
    }
}
