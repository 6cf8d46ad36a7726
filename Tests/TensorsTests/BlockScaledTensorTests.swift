import Tensors
import TestSupport
import Testing

@Suite struct BlockScaledTensorTests {
    private func read(_ tensor: Tensor) throws -> [Float] {
        let (numbers, exponents) = try #require(BlockScaledTensor.rounded(tensor))
        let folder = try TemporaryFolder()
        let bytes = [7] + numbers.map { UInt8(bitPattern: $0) } + exponents.map { UInt8(bitPattern: $0) }
        let file = try #require(MappedFile(path: folder.write("blocks", bytes: bytes)))
        let end = 1 + numbers.count
        return try BlockScaledTensor(
            file, numbers: 1..<end, exponents: end..<end + exponents.count, shape: tensor.shape
        ).floats().values
    }

    // The largest of the first block is 3 = 96 / 32, so its step is 1/32: 1 is 32/32, 0.01 is 0.32/32 and becomes 0, 0.02 is 0.64/32 and
    // becomes 1/32. The second block, of one number in each row, has 100 = 100 * 2^0 and 0.
    @Test func handComputed() throws {
        let first = [3, 1, 0.01, 0.02] + [Float](repeating: -1, count: 28)
        let rows = first + [100] + first + [0]
        #expect(
            try read(Tensor(rows, shape: [2, 33]))
                == [3, 1, 0, 1 / 32] + [Float](repeating: -1, count: 28) + [100] + [3, 1, 0, 1 / 32]
                + [Float](repeating: -1, count: 28) + [0])
    }

    // Half a step at most: the largest of a block has 64 to 127.5 steps.
    @Test(arguments: [[5, 64], [3, 100], [7], [2, 3, 40]]) func errorsAreHalfAStep(shape: [Int]) throws {
        let tensor = Tensor.random(shape, seed: 1)
        let size = shape.dropFirst().reduce(1, *)
        let values = tensor.values
        for (index, (value, original)) in zip(try read(tensor), values).enumerated() {
            let row = index / size * size
            let block = row + (index - row) / 32 * 32
            let largest = values[block..<min(block + 32, row + size)].map(abs).max()!
            #expect(abs(value - original) <= largest / 128)
        }
    }

    // Every value is a half and a bfloat16 bit for bit, the smallest and the largest too.
    @Test func everyValueIsAHalf() throws {
        let values: [Float] = [1e-9, 3e-8, 1e-5, 0.3, 31_000, -127 * 256]
        let read = try values.flatMap { try self.read(Tensor([$0, $0 / 3], shape: [1, 2])) }
        var halves = [UInt16](repeating: 0, count: read.count)
        #expect(Kernels.table.half_from_float(&halves, read, Int64(read.count)))
        #expect(Tensor(read, shape: [read.count]).converted(to: .bfloat16).values == read)
        #expect(BlockScaledTensor.rounded(Tensor([66_000], shape: [1, 1])) == nil)
    }
}
