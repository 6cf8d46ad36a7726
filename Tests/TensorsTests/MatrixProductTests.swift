import COneDNN
import Tensors
import TestSupport
import Testing

/// A matrix of random numbers somewhere in memory, with what a naive product needs of it.
private struct Operand {
    let tensor: Tensor
    let view: MatrixView
    private let values: [Float]
    private let rowStride: Int
    private let columnStride: Int
    private let batchStride: Int

    /// - Parameter padding: unused columns between one row and the next.
    init(
        batch: Int, rows: Int, columns: Int, isTransposed: Bool, padding: Int, type: ElementType, seed: UInt64,
        fill: Float? = nil
    ) {
        let (storedRows, storedColumns) = isTransposed ? (columns, rows) : (rows, columns)
        let width = storedColumns + padding
        let count = batch * storedRows * width
        let source =
            fill.map { Tensor(Array(repeating: $0, count: count), shape: [count]) }
            ?? Tensor.random([count], seed: seed)
        tensor = source.converted(to: type)
        values = tensor.values
        let stored = MatrixView(
            tensor.pointer, type, rows: storedRows, columns: storedColumns, rowStride: width,
            batchStride: storedRows * width)
        view = isTransposed ? stored.transposed : stored
        (rowStride, columnStride) = isTransposed ? (1, width) : (width, 1)
        batchStride = storedRows * width
    }

    func index(_ b: Int, _ row: Int, _ column: Int) -> Int { b * batchStride + row * rowStride + column * columnStride }
    subscript(b: Int, row: Int, column: Int) -> Double { Double(values[index(b, row, column)]) }
}

@Suite struct MatrixProductTests {
    // [1 2; 3 4] [5 6; 7 8] = [5 + 14, 6 + 16; 15 + 28, 18 + 32].
    @Test func handComputed() {
        let (a, b) = (Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([5, 6, 7, 8], shape: [2, 2]))
        let c = Tensor(uninitialized: [2, 2])
        MatrixProduct.multiply(MatrixView(a), MatrixView(b), into: MatrixView(c))
        #expect(c.values == [19, 22, 43, 50])
        // [1 3; 2 4] [5 7; 6 8] = [5 + 18, 7 + 24; 10 + 24, 14 + 32].
        MatrixProduct.multiply(MatrixView(a).transposed, MatrixView(b).transposed, into: MatrixView(c))
        #expect(c.values == [23, 31, 34, 46])
    }

    /// What happens around the product itself.
    struct Extra: CustomTestStringConvertible {
        var hasBias = false
        var relu = false
        var accumulate = false
        var testDescription: String { "bias \(hasBias), relu \(relu), accumulate \(accumulate)" }
        static let all = [
            Extra(), Extra(hasBias: true), Extra(hasBias: true, relu: true), Extra(accumulate: true),
            Extra(hasBias: true, relu: true, accumulate: true),
        ]
    }

    /// The types of the operands and of the result.
    enum Types: CaseIterable { case float32, bfloat16, bfloat16ToFloat32 }

    static let types = Types.allCases.filter { $0 == .float32 || ElementType.bfloat16.isSupported }

    // Sums of k products of numbers below 1: their error in float32 grows with k. What a bfloat16 result is stored with
    // is 2^-9 of it, and a sum beside a tie may go to the other side.
    @Test(arguments: types, Extra.all) func equalsTheNaiveProduct(types: Types, extra: Extra) {
        let type: ElementType = types == .float32 ? .float32 : .bfloat16
        let resultType: ElementType = types == .bfloat16 ? .bfloat16 : .float32
        let sizes = [
            (1, 1, 1), (1, 7, 8), (7, 1, 9), (8, 9, 1), (9, 8, 7), (1, 65, 64), (65, 1, 8), (64, 64, 64), (65, 9, 65),
            // Beyond the blocks of avx2_product.c, whose rows of 512 are copied.
            (20, 33, 530), (13, 1041, 9), (150, 17, 20), (14, 16, 520), (19, 18, 512),
        ]
        for (number, (m, n, k)) in sizes.enumerated() {
            for layout in 0..<8 {
                let (batch, padding) = (layout < 4 ? 1 : 3, number % 2 == 0 ? 0 : 3)
                let a = Operand(
                    batch: batch, rows: m, columns: k, isTransposed: layout % 2 == 1, padding: padding, type: type,
                    seed: 1)
                let b = Operand(
                    batch: batch, rows: k, columns: n, isTransposed: layout / 2 % 2 == 1, padding: padding, type: type,
                    seed: 2)
                let c = Operand(
                    batch: batch, rows: m, columns: n, isTransposed: false, padding: padding, type: resultType, seed: 3,
                    fill: 0.5)
                let bias = Tensor.random([n], seed: 4)
                MatrixProduct.multiply(
                    a.view, b.view, bias: extra.hasBias ? UnsafePointer(bias.floats) : nil, into: c.view, batch: batch,
                    relu: extra.relu, accumulate: extra.accumulate)

                // What lies between the rows of the result keeps its value.
                var expected = [Float](repeating: 0.5, count: c.tensor.count)
                for matrix in 0..<batch {
                    for row in 0..<m {
                        for column in 0..<n {
                            var sum = extra.accumulate ? 0.5 : 0
                            for inner in 0..<k { sum += a[matrix, row, inner] * b[matrix, inner, column] }
                            if extra.hasBias { sum += Double(bias.floats[column]) }
                            if extra.relu { sum = max(0, sum) }
                            expected[c.index(matrix, row, column)] = Float(sum)
                        }
                    }
                }
                expectClose(
                    c.tensor.values, expected, absolute: k > 65 ? 5e-5 : 5e-6,
                    relative: resultType == .bfloat16 ? 0x1p-8 : 1e-5,
                    "[\(batch), \(m), \(k)] x [\(k), \(n)], layout \(layout)")
            }
        }
    }

    // A sum of no products is 0, whatever was in memory.
    @Test func noInnerSize() {
        let empty = Tensor(zeros: [3, 0])
        let c = Tensor(Array(repeating: 7, count: 12), shape: [3, 4])
        let right = MatrixView(empty.pointer, .float32, rows: 0, columns: 4)
        MatrixProduct.multiply(MatrixView(empty), right, into: MatrixView(c), accumulate: true)
        #expect(c.values == Array(repeating: 7, count: 12))
        MatrixProduct.multiply(MatrixView(empty), right, into: MatrixView(c))
        #expect(c.values == Array(repeating: 0, count: 12))
        MatrixProduct.multiply(MatrixView(empty), right, bias: [1, -2, 3, -4], into: MatrixView(c), relu: true)
        #expect(c.values == [1, 0, 3, 0, 1, 0, 3, 0, 1, 0, 3, 0])
    }

    // Products without rows, columns or matrices write nothing.
    @Test func emptyResults() {
        let (a, b) = (Tensor(zeros: [4, 4]), Tensor(zeros: [4, 4]))
        let c = Tensor(Array(repeating: 7, count: 16), shape: [4, 4])
        let (left, right, result) = (MatrixView(a), MatrixView(b), MatrixView(c))
        for independentRows in [false, true] {
            MatrixProduct.multiply(
                left.rows(0..<0), right, into: result.rows(0..<0), independentRows: independentRows)
            MatrixProduct.multiply(
                left, right.columns(0..<0), into: result.columns(0..<0), independentRows: independentRows)
        }
        MatrixProduct.multiply(left, right, into: result, batch: 0)
        #expect(c.values == Array(repeating: 7, count: 16))
    }

    // One matrix for all of a batch: batch stride 0.
    @Test func sharedOperands() {
        let (a, b) = (Tensor.random([3, 5, 4], seed: 1), Tensor.random([4, 6], seed: 2))
        let (c, flat) = (Tensor(uninitialized: [3, 5, 6]), Tensor(uninitialized: [15, 6]))
        func view(_ tensor: Tensor, _ rows: Int, _ columns: Int, stride: Int) -> MatrixView {
            MatrixView(tensor.pointer, .float32, rows: rows, columns: columns, batchStride: stride)
        }
        MatrixProduct.multiply(
            view(a, 5, 4, stride: 20), view(b, 4, 6, stride: 0), into: view(c, 5, 6, stride: 30), batch: 3)
        MatrixProduct.multiply(MatrixView(a), MatrixView(b), into: MatrixView(flat))
        expectClose(c.values, flat.values, absolute: 1e-6)
    }

    // Rows of a product by themselves, a few together, and all: the same bits, whatever stands in the other rows. Sizes round
    // the blocks of the kernels (6 and 12 rows, 8 and 16 columns, 256 and 384 terms); one column is a case of its own in
    // oneDNN.
    @Test(
        arguments: [ElementType.float32, .bfloat16].filter(\.isSupported),
        [(1, 64), (8, 65), (29, 256), (64, 7), (384, 300), (432, 513), (1_024, 256), (40, 1_024)])
    func rowsDoNotDependOnEachOther(type: ElementType, size: (n: Int, k: Int)) {
        let (n, k, most) = (size.n, size.k, 500)
        for isTransposed in [false, true] {
            let a = Operand(
                batch: 1, rows: most, columns: k, isTransposed: false, padding: 3, type: type, seed: 1)
            let b = Operand(batch: 1, rows: k, columns: n, isTransposed: isTransposed, padding: 0, type: type, seed: 2)
            let bias = Tensor.random([n], seed: 3)
            func product(_ rows: MatrixView, accumulate: Bool) -> [Float] {
                let c = Tensor(Array(repeating: 0.25, count: rows.rowCount * n), shape: [rows.rowCount, n])
                MatrixProduct.multiply(
                    rows, b.view, bias: accumulate ? nil : UnsafePointer(bias.floats), into: MatrixView(c),
                    relu: !accumulate, accumulate: accumulate, independentRows: true)
                return c.values
            }
            for accumulate in [false, true] {
                let all = product(a.view, accumulate: accumulate)
                let wrong = (Array(1...26) + [47, 48, 49, 97, 239, 240, 241, 253, 300, 383]).filter { m in
                    product(a.view.rows(0..<m), accumulate: accumulate) != Array(all.prefix(m * n))
                        || product(a.view.rows(most - m..<most), accumulate: accumulate) != Array(all.suffix(m * n))
                }
                #expect(wrong.isEmpty, "rows \(wrong) of [\(most), \(k)] x [\(k), \(n)], transposed \(isTransposed)")
            }
        }
    }

    @Test func independentRowsEqualTheNaiveProduct() {
        for (m, n, k) in [(1, 1, 1), (5, 9, 7), (13, 8, 300), (30, 23, 600), (12, 40, 0)] {
            let a = Operand(batch: 1, rows: m, columns: k, isTransposed: false, padding: 0, type: .float32, seed: 1)
            let b = Operand(batch: 1, rows: k, columns: n, isTransposed: true, padding: 0, type: .float32, seed: 2)
            let c = Tensor(zeros: [m, n])
            MatrixProduct.multiply(a.view, b.view, into: MatrixView(c), independentRows: true)
            let expected = (0..<m * n).map { index in
                Float((0..<k).reduce(0) { $0 + a[0, index / n, $1] * b[0, $1, index % n] })
            }
            expectClose(c.values, expected, absolute: 1e-4, "[\(m), \(k)] x [\(k), \(n)]")
        }
    }

    // Zeros at the end of a sum that is added up in one go.
    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported))
    func zerosAtTheEndChangeNothing(type: ElementType) {
        let (m, n, most) = (30, 64, MatrixProduct.termsInOneGo)
        let b = Tensor.random([most, n], seed: 2).converted(to: type)
        for k in [1, 17, 100, 255, most - 1] {
            let values = (0..<m * most).map { $0 % most < k ? Float($0 % 101) / 101 - 0.5 : 0 }
            let a = MatrixView(Tensor(values, shape: [m, most]).converted(to: type))
            func product(_ count: Int) -> [Float] {
                let c = Tensor(zeros: [m, n])
                MatrixProduct.multiply(
                    a.columns(0..<count), MatrixView(b).rows(0..<count), into: MatrixView(c), independentRows: true)
                return c.values
            }
            #expect(product(k) == product(most), "\(k) of \(most)")
        }
    }

    // A NaN or an infinity shows in its row and nowhere else.
    @Test func nonFiniteNumbers() {
        let a = Tensor([1, .nan, 1, 1, .infinity, 1], shape: [3, 2])
        let c = Tensor(uninitialized: [3, 1])
        MatrixProduct.multiply(MatrixView(a), MatrixView(Tensor([1, 1], shape: [2, 1])), into: MatrixView(c))
        expectClose(c.values, [.nan, 2, .infinity])
    }

    // More shapes than the table of prepared products holds (3072): it is emptied on the way, and all come out right.
    @Test func manyShapes() {
        let column = Tensor.random([3200], seed: 1)
        let values = column.values
        let factor = Tensor([3], shape: [1, 1])
        let result = Tensor(zeros: [3200])
        let rows = Array(1...3200) + [1, 2, 3]
        let wrong = rows.filter { m in
            MatrixProduct.multiply(
                MatrixView(column.pointer, .float32, rows: m, columns: 1), MatrixView(factor),
                into: MatrixView(result.pointer, .float32, rows: m, columns: 1))
            return result.floats[m - 1] != 3 * values[m - 1]
        }
        #expect(wrong.isEmpty)
    }

    // The number of threads may change between two products of one shape.
    @Test func threadCounts() {
        let pool = WorkerPool(threadCount: 1)
        let results = pool.map(itemCount: 1) { _ in
            [1, 2, 1, 3].map { count in
                MatrixProduct.setThreadCount(count)
                let (a, b, c) = (
                    Tensor.random([200, 65], seed: 1), Tensor.random([65, 70], seed: 2),
                    Tensor(uninitialized: [200, 70])
                )
                MatrixProduct.multiply(MatrixView(a), MatrixView(b), into: MatrixView(c))
                return c.values
            }
        }[0]
        for result in results { expectClose(result, results[0], absolute: 1e-5) }
    }

    @Test func libraryDescription() {
        let version = matrix_product_library_version()
        #expect(version >= 20000)
        #expect(MatrixProduct.libraryDescription.hasPrefix("oneDNN \(version / 10000)."))
    }
}
