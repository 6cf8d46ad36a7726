import CKernels
import Tensors
import TestSupport
import Testing

@Suite struct FourBitTensorTests {
    private func stored(_ tensor: Tensor) throws -> FourBitTensor {
        let (numbers, exponents) = try #require(FourBitTensor.rounded(tensor))
        let folder = try TemporaryFolder()
        let bytes = [7] + numbers + exponents.map { UInt8(bitPattern: $0) }
        let file = try #require(MappedFile(path: folder.write("numbers", bytes: bytes)))
        let end = 1 + numbers.count
        return FourBitTensor(file, numbers: 1..<end, exponents: end..<end + exponents.count, shape: tensor.shape)
    }

    // All that E2M1 can say (OCP Microscaling Formats 1.0, section 5.3.3), times 1/8; the second block, of two numbers in each row, is
    // 3 = 3 * 1 and 0.7, of which with a step of 1/2 below 2 (exponent 0) 0.5 is nearest, and with exponent -1 it is 0.75: 3 = 6 / 2.
    @Test func handComputed() throws {
        let all: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6].flatMap { [$0 / 8, -$0 / 8] }
        let rows = all + all + [3, 0.7] + all + all + [0, 0]
        let tensor = Tensor(rows, shape: [2, 34])
        let expected = rows.map { $0 == 0.7 ? 0.75 : $0 }
        #expect(try stored(tensor).floats().values == expected)
        // What is exactly in such blocks stays so.
        #expect(try stored(stored(tensor).floats()).floats().values == stored(tensor).floats().values)
    }

    // Of two numbers in a byte the first has the lower half; -1 is 1010 and 3 is 0101 (exponent 0), by the same specification.
    @Test func bits() throws {
        let (numbers, exponents) = try #require(FourBitTensor.rounded(Tensor([-1, 3, 6, 0.5], shape: [1, 4])))
        #expect(numbers == [0b0101_1010, 0b0001_0111] && exponents == [0])
    }

    // Between neighbouring numbers lies at most a third of the largest of a block, so nothing is further off than a sixth; a block whose
    // largest number is cut off has less error in all.
    @Test(arguments: [[5, 64], [3, 100], [2, 3, 40]]) func errorsAreBounded(shape: [Int]) throws {
        let tensor = Tensor.random(shape, seed: 1)
        let size = shape.dropFirst().reduce(1, *)
        let (values, read) = (tensor.values, try stored(tensor).floats().values)
        for first in stride(from: 0, to: values.count, by: size) {
            for block in stride(from: first, to: first + size, by: 32) {
                let places = block..<min(block + 32, first + size)
                let largest = places.map { abs(values[$0]) }.max()!
                let error = places.reduce(Float(0)) { $0 + (values[$1] - read[$1]) * (values[$1] - read[$1]) }
                #expect(error > 0 && error <= Float(places.count) * largest * largest / 36)
            }
        }
    }

    // Products of whole numbers see what the file holds.
    @Test func productsOfWholeNumbers() throws {
        let numbers = try stored(Tensor.random([50, 70], seed: 1))
        let x = Tensor.random([3, 70], seed: 2)
        let (expected, result) = (Tensor(uninitialized: [3, 50]), Tensor(uninitialized: [3, 50]))
        let rounded = try #require(BlockScaledTensor.rounded(try numbers.floats()))
        let folder = try TemporaryFolder()
        let bytes = (rounded.numbers + rounded.exponents).map { UInt8(bitPattern: $0) }
        let file = try #require(MappedFile(path: folder.write("blocks", bytes: bytes)))
        let blocks = BlockScaledTensor(
            file, numbers: 0..<rounded.numbers.count, exponents: rounded.numbers.count..<bytes.count, shape: [50, 70])
        #expect(try blocks.floats().values == numbers.floats().values)
        BlockMatrix(blocks).multiply(x, bias: nil, into: expected)
        try #require(BlockMatrix(rounding: numbers)).multiply(x, bias: nil, into: result)
        #expect(result.values == expected.values)
    }

    @Test func refusals() {
        #expect(!FourBitTensor.canStore([4, 3]) && !FourBitTensor.canStore([4]))
        #expect(FourBitTensor.rounded(Tensor([66_000, 0], shape: [1, 2])) == nil)
    }
}
