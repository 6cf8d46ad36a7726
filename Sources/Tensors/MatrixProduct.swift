import COneDNN

/// One operand of a matrix product: a view of memory as [batch, row, column] with strides, so that a transpose or the
/// columns of one attention head cost no copy.
public struct MatrixView {
    let pointer: UnsafeMutableRawPointer
    let elementType: ElementType
    public let rowCount: Int
    public let columnCount: Int
    let rowStride: Int
    let columnStride: Int
    let batchStride: Int

    /// All of a tensor as [rows, columns], its outer axes taken as one.
    public init(_ tensor: Tensor) {
        self.init(tensor.pointer, tensor.elementType, rows: tensor.rowCount, columns: tensor.columnCount)
    }

    /// `rows` x `columns` elements from `pointer` on, `rowStride` elements from one row to the next (default: dense),
    /// `batchStride` from one matrix to the next.
    public init(
        _ pointer: UnsafeMutableRawPointer, _ elementType: ElementType, rows: Int, columns: Int, rowStride: Int? = nil,
        batchStride: Int = 0
    ) {
        self.init(
            pointer: pointer, elementType: elementType, rowCount: rows, columnCount: columns,
            rowStride: rowStride ?? columns, columnStride: 1, batchStride: batchStride)
    }

    private init(
        pointer: UnsafeMutableRawPointer, elementType: ElementType, rowCount: Int, columnCount: Int, rowStride: Int,
        columnStride: Int, batchStride: Int
    ) {
        self.pointer = pointer
        self.elementType = elementType
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.rowStride = rowStride
        self.columnStride = columnStride
        self.batchStride = batchStride
    }

    /// The transposed view.
    public var transposed: MatrixView {
        MatrixView(
            pointer: pointer, elementType: elementType, rowCount: columnCount, columnCount: rowCount,
            rowStride: columnStride, columnStride: rowStride, batchStride: batchStride)
    }

    /// Copies the elements to another view of the same size and type, or adds them to what is there.
    public func copy(to target: MatrixView, accumulate: Bool = false) {
        precondition(
            rowCount == target.rowCount && columnCount == target.columnCount && elementType == target.elementType
                && columnStride == 1 && target.columnStride == 1,
            "MatrixView.copy: [\(rowCount), \(columnCount)] \(elementType) to [\(target.rowCount), \(target.columnCount)] "
                + "\(target.elementType)")
        elementType.kernels.copy_matrix(
            target.pointer, Int64(target.rowStride), pointer, Int64(rowStride), Int64(rowCount), Int64(columnCount),
            accumulate)
    }

    /// Rows `range` of each matrix.
    public func rows(_ range: Range<Int>) -> MatrixView {
        MatrixView(
            pointer: pointer + range.lowerBound * rowStride * elementType.byteCount, elementType: elementType,
            rowCount: range.count, columnCount: columnCount, rowStride: rowStride, columnStride: columnStride,
            batchStride: batchStride)
    }

    /// Columns `range` of each matrix.
    public func columns(_ range: Range<Int>) -> MatrixView { transposed.rows(range).transposed }

    fileprivate var layout: matrix_layout {
        matrix_layout(
            batch_stride: Int64(batchStride), row_stride: Int64(rowStride), column_stride: Int64(columnStride),
            element: Int64(elementType == .bfloat16 ? matrix_bfloat16.rawValue : matrix_float32.rawValue))
    }
}

/// Dense matrix products: by oneDNN, with AVX2 by kernels of our own (docs/decisions/0041).
public enum MatrixProduct {
    /// result = left right + bias, added to what `result` holds if `accumulate`, and behind all that the rectifier.
    ///
    /// - Parameters:
    ///   - left: [batch, m, k]
    ///   - right: [batch, k, n]
    ///   - bias: [n], float32
    ///   - result: [batch, m, n]
    ///   - batch: number of matrices; an operand with batch stride 0 is used for all of them
    ///   - relu: apply max(0, x) at the end
    ///   - accumulate: add to what `result` holds
    ///   - independentRows: a row of `result` has the same bits whatever the number of rows and whatever stands in the others,
    ///     on every processor: what a batch shares is multiplied so. For one product of a left matrix that is not transposed;
    ///     `accumulate` without bias and rectifier.
    public static func multiply(
        _ left: MatrixView, _ right: MatrixView, bias: UnsafePointer<Float>? = nil, into result: MatrixView,
        batch: Int = 1, relu: Bool = false, accumulate: Bool = false, independentRows: Bool = false
    ) {
        precondition(
            left.columnCount == right.rowCount && result.rowCount == left.rowCount
                && result.columnCount == right.columnCount && left.elementType == right.elementType,
            "MatrixProduct: [\(left.rowCount), \(left.columnCount)] x [\(right.rowCount), \(right.columnCount)] into "
                + "[\(result.rowCount), \(result.columnCount)], \(left.elementType) x \(right.elementType)")
        precondition(
            !independentRows || (batch == 1 && left.columnStride == 1 && !(accumulate && (bias != nil || relu))),
            "MatrixProduct: independent rows of \(batch) products, of a transposed matrix, or added behind a bias")
        if batch == 0 || result.rowCount == 0 || result.columnCount == 0 { return }
        let (rowCount, columnCount) = (result.rowCount, result.columnCount)
        let isCut =
            batch == 1 && SharedWork.isCutting
            && rowCount * columnCount * left.columnCount >= SharedWork.smallestProduct
        let columnsPerPiece = elementsPerPiece / max(1, left.columnCount) / 64 * 64
        if isCut, rowCount >= 2 * rowsPerPiece {
            SharedWork.forEach(count: rowCount, size: rowsPerPiece) { rows in
                run(left.rows(rows), right, bias, into: result.rows(rows), 1, relu, accumulate, independentRows)
            }
        } else if isCut, columnsPerPiece > 0, columnCount >= 2 * columnsPerPiece {
            SharedWork.forEach(count: columnCount, size: columnsPerPiece) { columns in
                run(
                    left, right.columns(columns), bias.map { $0 + columns.lowerBound }, into: result.columns(columns),
                    1, relu, accumulate, independentRows)
            }
        } else {
            run(left, right, bias, into: result, batch, relu, accumulate, independentRows)
        }
    }

    /// Rows of a piece of a shared product: with fewer oneDNN is slower (from 128 on by less than 3 %).
    private static let rowsPerPiece = 192
    /// Elements of the right matrix of a piece, where a product has few rows: 8 MB of float32 to be read from memory.
    private static let elementsPerPiece = 2_097_152

    private static func run(
        _ left: MatrixView, _ right: MatrixView, _ bias: UnsafePointer<Float>?, into result: MatrixView,
        _ batch: Int, _ relu: Bool, _ accumulate: Bool, _ independentRows: Bool
    ) {
        var product = matrix_product(
            batch: Int64(batch), m: Int64(left.rowCount), n: Int64(right.columnCount), k: Int64(left.columnCount),
            a: left.layout, b: right.layout, c: result.layout, has_bias: bias == nil ? 0 : 1,
            activation: Int64(relu ? matrix_relu.rawValue : matrix_no_activation.rawValue),
            accumulate: accumulate ? 1 : 0)
        let run = independentRows ? matrix_product_run_independent_rows : matrix_product_run
        let status = run(&product, left.pointer, right.pointer, bias, result.pointer)
        precondition(
            status == 0,
            "MatrixProduct: oneDNN status \(status) for [\(batch), \(left.rowCount), \(left.columnCount)] x "
                + "[\(right.rowCount), \(right.columnCount)]")
    }

    /// A sum of no more terms is added up in one go, so that zeros at its end do not change it; longer ones oneDNN cuts into
    /// parts whose size depends on all of the length.
    public static let termsInOneGo = Int(matrix_product_terms_in_one_go())

    /// How many threads one product called from this thread may use.
    public static func setThreadCount(_ count: Int) { matrix_product_set_threads(Int32(count)) }

    /// oneDNN's version and the instruction set it uses here, for example "oneDNN 2.6.3, AVX-512 BF16".
    public static var libraryDescription: String {
        let version = matrix_product_library_version()
        let set = String(cString: matrix_product_instruction_set())
        return "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100), \(set)"
    }
}
