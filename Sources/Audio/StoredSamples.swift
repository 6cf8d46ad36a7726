/// Samples in 16 bits, half of the memory: exact for those of a 16-bit file.
public struct StoredSamples: Sendable {
    package let steps: [Int16]
    /// The size of a step: 2^-15, or more where samples reach beyond full scale.
    package let step: Float

    /// Samples that were stored before.
    package init(steps: [Int16], step: Float) {
        self.steps = steps
        self.step = step
    }

    public init(_ samples: [Float]) {
        let peak = samples.reduce(0) { max($0, abs($1)) }
        let step: Float = peak <= 1 ? 0x1p-15 : peak / 32_767
        self.step = step
        steps = samples.map { Int16(max(-32_768, min(32_767, ($0 / step).rounded()))) }
    }

    public var count: Int { steps.count }

    /// All samples.
    public var values: [Float] { self[0..<count] }

    /// The samples of a range, which must lie in `0..<count`.
    public subscript(range: Range<Int>) -> [Float] { steps[range].map { Float($0) * step } }
}
