import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct BlockMatrixTests {
    private static let paths = [block_path_plain, block_path_avx2, block_path_vnni].filter(block_path_is_supported)

    /// The definition: in each block of 32 terms activations are rounded to 32767ths of the largest; whole numbers are multiplied and added up,
    /// then multiplied by the power of two of the weights and the scale of the activations, one block after the other.
    private static func reference(_ x: Tensor, _ weight: Tensor, bias: Tensor) throws -> [Float] {
        let (numbers, exponents) = try #require(BlockScaledTensor.rounded(weight))
        let (rowCount, outputCount, inputCount) = (x.shape[0], weight.shape[0], weight.shape[1])
        let blockCount = (inputCount + 31) / 32
        var results: [Float] = []
        for row in 0..<rowCount {
            for output in 0..<outputCount {
                var total: Float = 0
                for block in 0..<blockCount {
                    let terms = block * 32..<min(block * 32 + 32, inputCount)
                    let values = terms.map { x.values[row * inputCount + $0] }
                    let largest = values.map(abs).max() ?? 0
                    let factor = largest > 0 ? 32767 / largest : 0
                    let sum = zip(terms, values).reduce(0) { sum, term in
                        sum + Int((term.1 * factor).rounded(.toNearestOrEven))
                            * Int(numbers[output * inputCount + term.0])
                    }
                    let power = Float(
                        sign: .plus, exponent: Int(exponents[output * blockCount + block]), significand: 1)
                    total.addProduct(Float(sum) * power, largest / 32767)
                }
                results.append(total + bias.values[output])
            }
        }
        return results
    }

    // Every way of computing gives the bits of the definition; rows and sizes around those of blocks and groups.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 50], [(8, 16), (61, 96), (16, 64), (3, 7), (130, 33), (33, 100)])
    func everyPathGivesTheSameBits(rowCount: Int, sizes: (output: Int, input: Int)) throws {
        let weight = Tensor.random([sizes.output, sizes.input], seed: 1)
        let x = Tensor.random([rowCount, sizes.input], seed: 2)
        let bias = Tensor.random([sizes.output], seed: 3)
        let expected = try Self.reference(x, weight, bias: bias)
        for path in Self.paths {
            let matrix = try #require(BlockMatrix(rounding: weight, path: path))
            for relu in [false, true] {
                let result = Tensor(uninitialized: [rowCount, sizes.output])
                matrix.multiply(x, bias: UnsafePointer(bias.floats), into: result, relu: relu)
                #expect(result.values == (relu ? expected.map { max(0, $0) } : expected), "path \(path)")
            }
        }
    }

    // Weights are rounded to half a step, 1 in 128 to 254 of the largest of their block: the sum of 1536 products is off by about half a
    // percent of its size.
    @Test func closeToTheProductOfFloats() throws {
        let (weight, x) = (Tensor.random([64, 1536], seed: 1), Tensor.random([4, 1536], seed: 2))
        let (exact, result) = (Tensor(uninitialized: [4, 64]), Tensor(uninitialized: [4, 64]))
        MatrixProduct.multiply(MatrixView(x), MatrixView(weight).transposed, into: MatrixView(exact))
        try #require(BlockMatrix(rounding: weight)).multiply(x, bias: nil, into: result)
        let error = zip(exact.values, result.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let size = exact.values.reduce(0) { $0 + $1 * $1 }
        #expect((error / size).squareRoot() < 0.01 && error > 0)
    }

    // Large sums: every number is as large as it can be, 32 * 127 * 32767 in each block of 32 terms, which float32 rounds to 133,165,088.
    @Test(arguments: [Float(1), -1]) func nothingOverflows(sign: Float) throws {
        let weight = Tensor([Float](repeating: 127, count: 16 * 64), shape: [16, 64])
        let x = Tensor([Float](repeating: 32_767 * sign, count: 64), shape: [1, 64])
        for path in Self.paths {
            let result = Tensor(uninitialized: [1, 16])
            try #require(BlockMatrix(rounding: weight, path: path)).multiply(x, bias: nil, into: result)
            #expect(result.values == [Float](repeating: sign * 2 * 133_165_088, count: 16), "path \(path)")
        }
    }

    // NaN and infinity stay to be seen, in their row alone; zeros give zeros.
    @Test(arguments: [Float.nan, .infinity, -.infinity]) func notFinite(value: Float) throws {
        let weight = Tensor.random([20, 64], seed: 1)
        let x = Tensor([Float](repeating: 0, count: 128), shape: [2, 64])
        x.floats[40] = value
        for path in Self.paths {
            let result = Tensor(uninitialized: [2, 20])
            try #require(BlockMatrix(rounding: weight, path: path)).multiply(x, bias: nil, into: result)
            #expect(
                result.values[..<20].allSatisfy(\.isNaN) && result.values[20...].allSatisfy { $0 == 0 }, "path \(path)")
            // NaN is not above 0, which is what the rectifier asks.
            try #require(BlockMatrix(rounding: weight, path: path)).multiply(x, bias: nil, into: result, relu: true)
            #expect(result.values.allSatisfy { $0 == 0 }, "path \(path)")
        }
        #expect(BlockMatrix(rounding: Tensor([value], shape: [1, 1])) == nil)
    }

    // Cut among threads by outputs or by rows, the results are the same; rows do not depend on the rows beside them.
    @Test(arguments: [2, 300]) func sharedAmongThreads(rowCount: Int) throws {
        let weight = Tensor.random([3000, 96], seed: 1)
        let x = Tensor.random([rowCount, 96], seed: 2)
        let matrix = try #require(BlockMatrix(rounding: weight))
        let (alone, shared) = (Tensor(uninitialized: [rowCount, 3000]), Tensor(uninitialized: [rowCount, 3000]))
        for row in 0..<rowCount { matrix.multiply(x.rows(row..<row + 1), bias: nil, into: alone.rows(row..<row + 1)) }
        SharedWork.among(WorkerPool(threadCount: 3)) { matrix.multiply(x, bias: nil, into: shared) }
        #expect(alone.values == shared.values)
    }

    // What a file holds is used as it is.
    @Test func fromAFile() throws {
        let weight = Tensor.random([50, 70], seed: 1)
        let (numbers, exponents) = try #require(BlockScaledTensor.rounded(weight))
        let folder = try TemporaryFolder()
        let bytes = (numbers + exponents).map { UInt8(bitPattern: $0) }
        let file = try #require(MappedFile(path: try folder.write("numbers", bytes: bytes)))
        let stored = BlockScaledTensor(
            file, numbers: 0..<numbers.count, exponents: numbers.count..<bytes.count, shape: [50, 70])
        let x = Tensor.random([3, 70], seed: 2)
        let (expected, result) = (Tensor(uninitialized: [3, 50]), Tensor(uninitialized: [3, 50]))
        try #require(BlockMatrix(rounding: weight)).multiply(x, bias: nil, into: expected)
        BlockMatrix(stored).multiply(x, bias: nil, into: result)
        #expect(result.values == expected.values)
    }
}
