import COneDNN

/// A matrix of weights for products with few rows, in half precision: the time of such a product is that of reading the matrix.
///
/// Only a matrix whose every value is exactly a half can be packed, so that results have the same bits: see
/// `MatrixProduct.multiply` with independent rows, and docs/decisions/0020.
public final class PackedMatrix: @unchecked Sendable {
    public let outputCount: Int
    public let inputCount: Int
    /// [group of 8 outputs, input, 8], halves. Nobody writes to them.
    private let halves: UnsafeMutablePointer<UInt16>

    /// With more rows than these a product of the values as float32 is faster.
    public static let mostRows = 24
    /// Outputs of a group.
    private static let groupSize = Int(packed_columns)
    /// Groups of a piece of a shared product: about 1 MB.
    private static let bytesPerPiece = 1 << 18

    /// - Parameter weight: [output, input], float32
    /// - Returns: nil where a value is no half, or this processor has no fast conversion of halves.
    public convenience init?(_ weight: Tensor) {
        precondition(weight.elementType == .float32, "PackedMatrix: \(weight.elementType)")
        self.init(shape: weight.shape) { rows in UnsafePointer(weight.floats + rows.lowerBound * weight.columnCount) }
    }

    /// - Parameter weight: [output, input], in a file, whose pages are given back; all values are halves.
    /// - Returns: nil where this processor has no fast conversion of halves.
    public convenience init?(_ weight: any StoredNumbers) {
        let chunk = Tensor(uninitialized: [Self.chunkSize] + weight.shape.dropFirst())
        self.init(shape: weight.shape) { rows in
            weight.read(rows: rows, into: chunk.floats)
            return UnsafePointer(chunk.floats)
        }
        weight.release()
    }

    /// Rows of a matrix that are packed at a time; a multiple of `groupSize`.
    private static let chunkSize = 512

    /// - Parameter rows: the values of some rows of the matrix, float32; nobody asks for the same ones again.
    private init?(shape: [Int], rows: (Range<Int>) -> UnsafePointer<Float>) {
        precondition(shape.count == 2, "PackedMatrix: \(shape)")
        (outputCount, inputCount) = (shape[0], shape[1])
        guard packed_product_is_supported(), outputCount > 0, inputCount > 0 else { return nil }
        let groupCount = (outputCount + Self.groupSize - 1) / Self.groupSize
        let byteCount = groupCount * inputCount * Self.groupSize * 2
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
        halves = memory.assumingMemoryBound(to: UInt16.self)
        for first in stride(from: 0, to: outputCount, by: Self.chunkSize) {
            let range = first..<min(first + Self.chunkSize, outputCount)
            guard packed_product_pack(rows(range), Int64(range.count), Int64(inputCount), halves + first * inputCount)
            else { return nil }
        }
    }

    deinit { UnsafeMutableRawPointer(halves).deallocate() }

    /// x W^T + bias, and behind it the rectifier if `relu`.
    ///
    /// - Parameters:
    ///   - x: [row, input], float32
    ///   - bias: [output]
    ///   - result: [row, output], float32
    public func multiply(_ x: Tensor, bias: UnsafePointer<Float>?, into result: Tensor, relu: Bool = false) {
        precondition(
            x.columnCount == inputCount && result.columnCount == outputCount && x.rowCount == result.rowCount
                && x.elementType == .float32 && result.elementType == .float32,
            "PackedMatrix: [\(outputCount), \(inputCount)] times \(x.shape) into \(result.shape)")
        var product = packed_product(
            rows: Int64(x.rowCount), columns: Int64(outputCount), k: Int64(inputCount), a: x.floats,
            a_stride: Int64(inputCount), b: halves, bias: bias, c: result.floats, c_stride: Int64(outputCount),
            relu: relu)
        let groupBytes = 2 * Self.groupSize * inputCount
        let groupCount = (outputCount + Self.groupSize - 1) / Self.groupSize
        withUnsafePointer(to: &product) { product in
            SharedWork.forEachPiece(count: groupCount, size: max(8, Self.bytesPerPiece / groupBytes / 8 * 8)) {
                groups in
                packed_product_run(product, Int64(groups.lowerBound), Int64(groups.count))
            }
        }
    }
}
