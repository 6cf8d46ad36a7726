import Tensors
import TestSupport
import Testing

@Suite struct PackedMatrixTests {
    /// Values that are halves: whole numbers of 1/64 below 16.
    private static func halves(_ shape: [Int], seed: UInt64) -> Tensor {
        let values = randomValues(shape.reduce(1, *), seed: seed, in: -16...16).map { ($0 * 64).rounded() / 64 }
        return Tensor(values, shape: shape)
    }

    // The same bits as the product of the values as float32, whatever the rows, with sums of one part and of several.
    @Test(
        .enabled(if: PackedMatrix(Tensor([1], shape: [1, 1])) != nil, "this processor does not convert halves"),
        arguments: [1, 2, 3, 4, 5, 6, 7, 13, 20],
        [(8, 16), (61, 384), (16, 1536), (3, 7), (130, 513), (40, 1000), (24, 3072)])
    func sameBitsAsTheUnpackedProduct(rowCount: Int, sizes: (output: Int, input: Int)) throws {
        let weight = Self.halves([sizes.output, sizes.input], seed: 1)
        let x = Tensor.random([rowCount, sizes.input], seed: 2)
        let bias = Tensor.random([sizes.output], seed: 3)
        let packed = try #require(PackedMatrix(weight))
        for relu in [false, true] {
            let expected = Tensor(uninitialized: [rowCount, sizes.output])
            MatrixProduct.multiply(
                MatrixView(x), MatrixView(weight).transposed, bias: UnsafePointer(bias.floats),
                into: MatrixView(expected), relu: relu, independentRows: true)
            let result = Tensor(uninitialized: [rowCount, sizes.output])
            packed.multiply(x, bias: UnsafePointer(bias.floats), into: result, relu: relu)
            #expect(result.values == expected.values)
        }
    }

    // 1 + 2^-11 lies between two halves; 1e6 and 1e-9 are beyond them.
    @Test(arguments: [Float(1) + 0x1p-11, 1e6, 1e-9]) func whatIsNoHalfIsNotPacked(value: Float) {
        #expect(PackedMatrix(Tensor([1, 2, value, 4], shape: [2, 2])) == nil)
    }

    // Cut among threads, the columns are the same.
    @Test(.enabled(if: PackedMatrix(Tensor([1], shape: [1, 1])) != nil, "this processor does not convert halves"))
    func sharedAmongThreads() throws {
        let weight = Self.halves([5000, 384], seed: 1)
        let x = Tensor.random([2, 384], seed: 2)
        let packed = try #require(PackedMatrix(weight))
        let (alone, shared) = (Tensor(uninitialized: [2, 5000]), Tensor(uninitialized: [2, 5000]))
        packed.multiply(x, bias: nil, into: alone)
        SharedWork.among(WorkerPool(threadCount: 3)) { packed.multiply(x, bias: nil, into: shared) }
        #expect(alone.values == shared.values)
    }
}
