import CKernels

/// A matrix of weights as whole numbers of 8 bits, 32 terms of an output to a power of two (`BlockScaledTensor`), for products with
/// activations that are rounded to whole numbers of 16 bits, 32 terms to a scale: see docs/decisions/0032.
///
/// A row's result depends on that row alone, and has the same bits on every processor.
public final class BlockMatrix: @unchecked Sendable {
    public let outputCount: Int
    public let inputCount: Int
    private let path: block_path
    /// [group of 16 outputs, block of 32 inputs, 16, 16, 2]. Nobody writes to them.
    private let numbers: UnsafeMutablePointer<Int8>
    /// [group, block, 16]
    private let exponents: UnsafeMutablePointer<Int8>

    private static let (groupSize, blockSize) = (Int(BLOCK_OUTPUTS), Int(BLOCK_TERMS))
    /// Bytes of a piece of a product with few rows that threads share.
    private static let bytesPerPiece = 1 << 18
    /// Rows of a piece of a product with many rows that threads share: see `row_block` in block_product.c.
    private static let rowsPerPiece = 48

    /// The weights of a file as they are; its pages are given back.
    ///
    /// - Parameters:
    ///   - weight: [output, input]
    ///   - path: how to compute; nil: the fastest way that the processor has
    package convenience init(_ weight: BlockScaledTensor, path: block_path? = nil) {
        self.init(shape: weight.shape, path: path) { rows, pack in weight.withBlocks(rows: rows, pack) }
        weight.release()
    }

    /// Rounds weights to blocks.
    ///
    /// - Parameters:
    ///   - weight: [output, input], float32
    ///   - path: how to compute; nil: the fastest way that the processor has
    /// - Returns: nil where a value is too large for a block, NaN or infinite.
    package convenience init?(rounding weight: Tensor, path: block_path? = nil) {
        precondition(weight.elementType == .float32 && weight.shape.count == 2, "BlockMatrix: \(weight)")
        self.init(rounding: weight.shape, path: path) { weight.rows($0) }
    }

    /// Rounds the weights of a file to blocks, a few rows at a time; its pages are given back. Numbers of 4 bits stay exactly what they are.
    ///
    /// - Parameters:
    ///   - weight: [output, input]
    ///   - path: how to compute; nil: the fastest way that the processor has
    /// - Returns: nil where a value is too large for a block, NaN or infinite.
    package convenience init?(rounding weight: any StoredNumbers, path: block_path? = nil) {
        self.init(rounding: weight.shape, path: path) { range in
            let rows = Tensor(uninitialized: [range.count, weight.shape[1]])
            weight.read(rows: range, into: rows.floats)
            return rows
        }
        weight.release()
    }

    /// - Parameter rows: gives some rows, float32.
    private convenience init?(rounding shape: [Int], path: block_path?, rows: (Range<Int>) -> Tensor) {
        var isPossible = true
        self.init(shape: shape, path: path) { range, pack in
            let values = rows(range)
            guard isPossible, values.isFinite, let rounded = BlockScaledTensor.rounded(values) else {
                isPossible = false
                return
            }
            pack(rounded.numbers, rounded.exponents)
        }
        if !isPossible { return nil }
    }

    /// - Parameter withBlocks: gives numbers and exponents of some rows.
    private init(
        shape: [Int], path: block_path?,
        withBlocks: (Range<Int>, (UnsafePointer<Int8>, UnsafePointer<Int8>) -> Void) -> Void
    ) {
        precondition(shape.count == 2 && shape[0] > 0 && shape[1] > 0, "BlockMatrix: \(shape)")
        (outputCount, inputCount) = (shape[0], shape[1])
        self.path = path ?? block_path_in_use()
        let groupCount = (outputCount + Self.groupSize - 1) / Self.groupSize
        let blockCount = (inputCount + Self.blockSize - 1) / Self.blockSize
        let (groupBytes, groupExponents) = (blockCount * Self.blockSize * Self.groupSize, blockCount * Self.groupSize)
        func allocate(_ count: Int) -> UnsafeMutablePointer<Int8> {
            UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64).assumingMemoryBound(to: Int8.self)
        }
        numbers = allocate(groupCount * groupBytes)
        exponents = allocate(groupCount * groupExponents)
        for group in 0..<groupCount {
            let rows = group * Self.groupSize..<min((group + 1) * Self.groupSize, outputCount)
            withBlocks(rows) { source, sourceExponents in
                block_product_pack(
                    source, sourceExponents, Int64(rows.count), Int64(inputCount), numbers + group * groupBytes,
                    exponents + group * groupExponents)
            }
        }
    }

    deinit {
        UnsafeMutableRawPointer(numbers).deallocate()
        UnsafeMutableRawPointer(exponents).deallocate()
    }

    /// x W^T + bias, and behind it the rectifier if `relu`; x is rounded first. Blocks of x with NaN or infinity give NaN.
    ///
    /// - Parameters:
    ///   - x: [row, input], float32
    ///   - bias: [output]
    ///   - result: [row, output], float32
    public func multiply(_ x: Tensor, bias: UnsafePointer<Float>?, into result: Tensor, relu: Bool = false) {
        precondition(
            x.columnCount == inputCount && result.columnCount == outputCount && x.rowCount == result.rowCount
                && x.elementType == .float32 && result.elementType == .float32,
            "BlockMatrix: [\(outputCount), \(inputCount)] times \(x.shape) into \(result.shape)")
        let rowCount = x.rowCount
        let blockCount = (inputCount + Self.blockSize - 1) / Self.blockSize
        let rounded = Storage(byteCount: 2 * rowCount * blockCount * Self.blockSize)
        let numbers = rounded.pointer.assumingMemoryBound(to: Int16.self)
        let scales = Tensor(uninitialized: [rowCount, blockCount])
        func round(_ rows: Range<Int>) {
            block_product_round(
                path, x.floats + rows.lowerBound * inputCount, Int64(rows.count), Int64(inputCount),
                numbers + rows.lowerBound * blockCount * Self.blockSize, scales.floats + rows.lowerBound * blockCount)
        }
        var product = block_product(
            path: path, rows: Int64(rowCount), outputs: Int64(outputCount), terms: Int64(inputCount), numbers: numbers,
            scales: scales.floats, weights: self.numbers, exponents: exponents, bias: bias, result: result.floats,
            result_stride: Int64(outputCount), relu: relu)
        let groupCount = (outputCount + Self.groupSize - 1) / Self.groupSize
        withUnsafePointer(to: &product) { product in
            if rowCount >= 2 * Self.rowsPerPiece {
                SharedWork.forEachPiece(count: rowCount, size: Self.rowsPerPiece) { rows in
                    round(rows)
                    block_product_run(product, Int64(rows.lowerBound), Int64(rows.count), 0, Int64(groupCount))
                }
            } else {
                round(0..<rowCount)
                let groupBytes = blockCount * Self.blockSize * Self.groupSize
                SharedWork.forEachPiece(count: groupCount, size: max(8, Self.bytesPerPiece / groupBytes / 8 * 8)) {
                    groups in
                    block_product_run(
                        product, 0, Int64(rowCount), Int64(groups.lowerBound), Int64(groups.count))
                }
            }
        }
        withExtendedLifetime(rounded) {}
    }
}
