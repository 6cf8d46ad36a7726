/// A dense, row-major array of bfloat16 numbers in a file that is mapped into memory, at any place in it: weights that are converted before
/// anything is multiplied with them.
public struct BFloat16Tensor: StoredNumbers {
    public let shape: [Int]
    private let file: MappedFile
    /// Bytes of the file.
    private let range: Range<Int>

    /// - Precondition: the range has two bytes for each number.
    public init(_ file: MappedFile, _ range: Range<Int>, shape: [Int]) {
        precondition(
            range.count == 2 * shape.reduce(1, *) && range.upperBound <= file.bytes.count,
            "BFloat16Tensor: \(range.count) bytes for \(shape)")
        self.file = file
        self.range = range
        self.shape = shape
    }

    public func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let size = shape.dropFirst().reduce(1, *)
        guard let start = file.bytes.baseAddress, !rows.isEmpty, size > 0 else { return }
        ElementType.bfloat16.kernels.to_float(
            target, start + range.lowerBound + 2 * rows.lowerBound * size, Int64(rows.count * size))
    }

    public func release() { file.release(range) }

    /// The first number that is NaN or infinite, and its place; nil where there is none.
    package var firstNotFinite: (place: Int, value: Float)? {
        for place in 0..<count {
            let bits = file.bytes.loadUnaligned(fromByteOffset: range.lowerBound + 2 * place, as: UInt16.self)
            // All bits of the exponent are set in NaN and infinities, and only there.
            if bits & 0x7f80 == 0x7f80 { return (place, Float(bitPattern: UInt32(bits) << 16)) }
        }
        return nil
    }
}
