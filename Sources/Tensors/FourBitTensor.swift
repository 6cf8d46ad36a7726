/// A dense, row-major array of floating-point numbers of 4 bits in a file that is mapped into memory; blocks of 32 in a row share a power of two
/// that they are multiplied by: MXFP4 of the OCP Microscaling Formats specification 1.0, with its own exponents.
///
/// Each value is exactly a half, a bfloat16 and a number of a block of 8 bits, so every way of computing sees the same weights.
public struct FourBitTensor: StoredNumbers {
    public let shape: [Int]
    private let file: MappedFile
    /// Bytes of the file: two numbers each, the first one in the lower half.
    private let numbers: Range<Int>
    /// Bytes of the file: the exponent of each block, [row, block].
    private let exponents: Range<Int>

    /// What a number's bits stand for: E2M1, the highest bit is the sign.
    private static let values: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]
    /// Between the values of neighbouring numbers.
    private static let middles: [Float] = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5]

    /// Whether arrays of this shape can be stored: no byte may belong to two rows.
    public static func canStore(_ shape: [Int]) -> Bool { shape.count > 1 && shape[1...].reduce(1, *) % 2 == 0 }

    /// - Precondition: the ranges are as long as the shape says.
    public init(_ file: MappedFile, numbers: Range<Int>, exponents: Range<Int>, shape: [Int]) {
        precondition(
            Self.canStore(shape) && 2 * numbers.count == shape.reduce(1, *)
                && exponents.count == BlockScaledTensor.exponentShape(shape).reduce(1, *)
                && max(numbers.upperBound, exponents.upperBound) <= file.bytes.count,
            "FourBitTensor: \(numbers.count) bytes and \(exponents.count) exponents for \(shape)")
        self.file = file
        self.numbers = numbers
        self.exponents = exponents
        self.shape = shape
    }

    public func read(rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        let size = shape[1...].reduce(1, *)
        let blockCount = BlockScaledTensor.exponentShape(shape)[1]
        guard let start = file.bytes.baseAddress, !rows.isEmpty, size > 0 else { return }
        let pairs = (start + numbers.lowerBound).assumingMemoryBound(to: UInt8.self)
        let scales = (start + exponents.lowerBound).assumingMemoryBound(to: Int8.self)
        Self.values.withUnsafeBufferPointer { values in
            for (place, row) in rows.enumerated() {
                for block in 0..<blockCount {
                    let scale = Float(sign: .plus, exponent: Int(scales[row * blockCount + block]), significand: 1)
                    let first = block * BlockScaledTensor.blockSize
                    for column in stride(from: first, to: min(first + BlockScaledTensor.blockSize, size), by: 2) {
                        let pair = Int(pairs[(row * size + column) / 2])
                        target[place * size + column] = scale * values[pair & 15]
                        target[place * size + column + 1] = scale * values[pair >> 4]
                    }
                }
            }
        }
    }

    public func release() {
        file.release(numbers)
        file.release(exponents)
    }

    /// The first exponent that no block can have; nil where there is none.
    package var wrongExponent: Int8? {
        file.bytes[exponents].lazy.map { Int8(bitPattern: $0) }.first {
            !BlockScaledTensor.exponentRange.contains(Int($0))
        }
    }

    /// Rounds numbers to blocks: each has the exponent with which the squares of its errors have the least sum. What is exactly in such blocks
    /// already stays as it is.
    ///
    /// - Parameter tensor: float32, finite, of a shape that can be stored
    /// - Returns: the numbers, two in a byte; the exponents, [row, block]; nil where a value is too large for a half.
    public static func rounded(_ tensor: Tensor) -> (numbers: [UInt8], exponents: [Int8])? {
        precondition(canStore(tensor.shape) && tensor.elementType == .float32, "FourBitTensor: \(tensor)")
        let size = tensor.shape[1...].reduce(1, *)
        let allowed = BlockScaledTensor.exponentRange
        var numbers = [UInt8](repeating: 0, count: tensor.count / 2)
        var exponents: [Int8] = []
        exponents.reserveCapacity(BlockScaledTensor.exponentShape(tensor.shape).reduce(1, *))
        for row in 0..<tensor.shape[0] {
            for first in stride(from: row * size, to: (row + 1) * size, by: BlockScaledTensor.blockSize) {
                let block = UnsafeBufferPointer(
                    start: tensor.floats + first, count: min(BlockScaledTensor.blockSize, (row + 1) * size - first))
                let largest = block.reduce(0) { max($0, abs($1)) }
                // With the middle one of three, the largest has more than 3 and at most 6 of 6.
                var middle = largest > 0 ? Int(largest.exponent) - 2 : allowed.lowerBound
                if largest > 6 * Float(sign: .plus, exponent: middle, significand: 1) { middle += 1 }
                guard middle <= allowed.upperBound else { return nil }
                let candidates = Set(
                    (middle - 1...middle + 1).map { min(max($0, allowed.lowerBound), allowed.upperBound) })
                let best = candidates.sorted().map { (exponent: $0, error: squaredError(of: block, exponent: $0)) }
                    .min { $0.error < $1.error }!.exponent
                let factor = Float(sign: .plus, exponent: -best, significand: 1)
                for (place, value) in block.enumerated() {
                    numbers[(first + place) / 2] |= number(nearest: value * factor) << (place % 2 == 0 ? 0 : 4)
                }
                exponents.append(Int8(best))
            }
        }
        return (numbers, exponents)
    }

    private static func squaredError(of block: UnsafeBufferPointer<Float>, exponent: Int) -> Float {
        let factor = Float(sign: .plus, exponent: -exponent, significand: 1)
        let sum = block.reduce(Float(0)) { sum, value in
            let error = values[Int(number(nearest: value * factor))] - value * factor
            return sum + error * error
        }
        return sum / (factor * factor)
    }

    private static func number(nearest value: Float) -> UInt8 {
        let magnitude = abs(value)
        var number: UInt8 = 0
        for middle in middles where magnitude > middle { number += 1 }
        return value < 0 && number > 0 ? number | 8 : number
    }
}
