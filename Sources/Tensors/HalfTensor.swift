/// A dense, row-major array of numbers in half precision (IEEE 754 binary16) in a file that is mapped into memory: weights that nothing is
/// multiplied with as they are.
public struct HalfTensor: StoredNumbers {
    public let shape: [Int]
    private let file: MappedFile
    /// Bytes of the file.
    private let range: Range<Int>

    /// - Precondition: the range has two bytes for each number.
    public init(_ file: MappedFile, _ range: Range<Int>, shape: [Int]) {
        precondition(
            range.count == 2 * shape.reduce(1, *) && range.upperBound <= file.bytes.count,
            "HalfTensor: \(range.count) bytes for \(shape)")
        self.file = file
        self.range = range
        self.shape = shape
    }

    public func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let size = shape.dropFirst().reduce(1, *)
        guard let start = file.bytes.baseAddress, !rows.isEmpty, size > 0 else { return }
        Kernels.table.float_from_half(
            target, start + range.lowerBound + 2 * rows.lowerBound * size, Int64(rows.count * size))
    }

    public func release() { file.release(range) }

    /// The first number that is NaN or infinite, and its place; nil where there is none.
    package var firstNotFinite: (place: Int, value: Float)? {
        for place in 0..<count {
            let half = file.bytes.loadUnaligned(fromByteOffset: range.lowerBound + 2 * place, as: UInt16.self)
            // All bits of the exponent are set in NaN and infinities, and only there.
            guard half & 0x7c00 == 0x7c00 else { continue }
            let value: Float = half & 0x03ff != 0 ? .nan : half & 0x8000 != 0 ? -.infinity : .infinity
            return (place, value)
        }
        return nil
    }
}
