/// A dense, row-major array of whole numbers of 8 bits in a file that is mapped into memory; blocks of 32 in a row share a power of two that they
/// are multiplied by: MXINT8 of the OCP Microscaling Formats specification 1.0, with its own exponents for the fraction.
///
/// Each value is exactly a half and exactly a bfloat16, so every way of computing sees the same weights.
public struct BlockScaledTensor: StoredNumbers {
    public let shape: [Int]
    private let file: MappedFile
    /// Bytes of the file: a number each.
    private let numbers: Range<Int>
    /// Bytes of the file: the exponent of each block, [row, block].
    private let exponents: Range<Int>

    /// Numbers that share an exponent; at the end of a row fewer may.
    public static let blockSize = 32
    /// The exponents that blocks can have, such that a half holds every value.
    public static let exponentRange = -24...8

    /// - Precondition: the ranges are as long as the shape says.
    public init(_ file: MappedFile, numbers: Range<Int>, exponents: Range<Int>, shape: [Int]) {
        precondition(
            numbers.count == shape.reduce(1, *)
                && exponents.count == Self.exponentShape(shape).reduce(1, *)
                && max(numbers.upperBound, exponents.upperBound) <= file.bytes.count,
            "BlockScaledTensor: \(numbers.count) numbers and \(exponents.count) exponents for \(shape)")
        self.file = file
        self.numbers = numbers
        self.exponents = exponents
        self.shape = shape
    }

    /// [row, block] of an array of this shape.
    public static func exponentShape(_ shape: [Int]) -> [Int] {
        [shape.first ?? 1, (shape.dropFirst().reduce(1, *) + blockSize - 1) / blockSize]
    }

    public func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let size = shape.dropFirst().reduce(1, *)
        let blockCount = Self.exponentShape(shape)[1]
        guard let start = file.bytes.baseAddress, !rows.isEmpty, size > 0 else { return }
        let values = (start + numbers.lowerBound).assumingMemoryBound(to: Int8.self)
        let scales = (start + exponents.lowerBound).assumingMemoryBound(to: Int8.self)
        for (place, row) in rows.enumerated() {
            for block in 0..<blockCount {
                let exponent = Int32(scales[row * blockCount + block])
                let scale = Float(bitPattern: UInt32(bitPattern: (exponent + 127) << 23))  // 2^exponent
                let first = block * Self.blockSize
                for column in first..<min(first + Self.blockSize, size) {
                    target[place * size + column] = scale * Float(values[row * size + column])
                }
            }
        }
    }

    /// Numbers and exponents of some rows, where they lie: [row, ...] and [row, block].
    func withBlocks(rows: Range<Int>, _ body: (UnsafePointer<Int8>, UnsafePointer<Int8>) -> Void) {
        let size = shape.dropFirst().reduce(1, *)
        guard let start = file.bytes.baseAddress, size > 0 else { return }
        body(
            (start + numbers.lowerBound).assumingMemoryBound(to: Int8.self) + rows.lowerBound * size,
            (start + exponents.lowerBound).assumingMemoryBound(to: Int8.self)
                + rows.lowerBound * Self.exponentShape(shape)[1])
    }

    public func release() {
        file.release(numbers)
        file.release(exponents)
    }

    /// The first exponent that no block can have; nil where there is none.
    package var wrongExponent: Int8? {
        file.bytes[exponents].lazy.map { Int8(bitPattern: $0) }.first { !Self.exponentRange.contains(Int($0)) }
    }

    /// Rounds numbers to blocks: the exponent of each is the lowest with which no number is beyond 127.
    ///
    /// - Parameter tensor: float32, finite, with at least one axis
    /// - Returns: the numbers; the exponents, [row, block]; nil where a value is too large for a half.
    public static func rounded(_ tensor: Tensor) -> (numbers: [Int8], exponents: [Int8])? {
        let size = tensor.shape.dropFirst().reduce(1, *)
        let blockCount = exponentShape(tensor.shape)[1]
        var numbers = [Int8](repeating: 0, count: tensor.count)
        var exponents: [Int8] = []
        for row in 0..<tensor.shape[0] {
            for block in 0..<blockCount {
                let range = row * size + block * blockSize..<row * size + min((block + 1) * blockSize, size)
                let largest = range.reduce(Float(0)) { max($0, abs(tensor.floats[$1])) }
                // largest = significand * 2^exponent; divided by 2^(exponent - 6) it is from 64 up to 128.
                var exponent = largest > 0 ? Int(largest.exponent) - 6 : exponentRange.lowerBound
                if largest > 127.5 * Float(sign: .plus, exponent: exponent, significand: 1) { exponent += 1 }
                exponent = max(exponent, exponentRange.lowerBound)
                guard exponent <= exponentRange.upperBound else { return nil }
                let scale = Float(sign: .plus, exponent: -exponent, significand: 1)
                for index in range {
                    numbers[index] = Int8(max(-127, min(127, (tensor.floats[index] * scale).rounded(.toNearestOrEven))))
                }
                exponents.append(Int8(exponent))
            }
        }
        return (numbers, exponents)
    }
}
