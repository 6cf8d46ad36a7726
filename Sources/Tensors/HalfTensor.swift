/// A dense, row-major array of numbers of 16 bits in a file that is mapped into memory, at any place in it: weights that are converted before
/// anything is multiplied with them.
public struct HalfTensor: StoredNumbers {
    /// What the bits mean.
    public enum Format: Sendable {
        /// IEEE 754 binary16.
        case half
        case bfloat16

        /// The bits of the exponent, all of which are set in NaN and infinities, and only there.
        fileprivate var exponent: UInt16 { self == .half ? 0x7c00 : 0x7f80 }
    }

    public let shape: [Int]
    private let format: Format
    private let file: MappedFile
    /// Bytes of the file.
    private let range: Range<Int>

    /// - Precondition: the range has two bytes for each number.
    public init(_ file: MappedFile, _ range: Range<Int>, shape: [Int], format: Format = .half) {
        precondition(
            range.count == 2 * shape.reduce(1, *) && range.upperBound <= file.bytes.count,
            "HalfTensor: \(range.count) bytes for \(shape)")
        self.file = file
        self.range = range
        self.shape = shape
        self.format = format
    }

    public func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let size = shape.dropFirst().reduce(1, *)
        guard let start = file.bytes.baseAddress, !rows.isEmpty, size > 0 else { return }
        let (source, count) = (start + range.lowerBound + 2 * rows.lowerBound * size, Int64(rows.count * size))
        switch format {
        case .half: Kernels.table.float_from_half(target, source, count)
        case .bfloat16: ElementType.bfloat16.kernels.to_float(target, source, count)
        }
    }

    public func release() { file.release(range) }

    /// The first number that is NaN or infinite, and its place; nil where there is none.
    package var firstNotFinite: (place: Int, value: Float)? {
        for place in 0..<count {
            let bits = file.bytes.loadUnaligned(fromByteOffset: range.lowerBound + 2 * place, as: UInt16.self)
            guard bits & format.exponent == format.exponent else { continue }
            let hasFraction = bits & 0x7fff != format.exponent
            let value: Float = hasFraction ? .nan : bits & 0x8000 != 0 ? -.infinity : .infinity
            return (place, value)
        }
        return nil
    }
}
