import Autograd
import Tensors
import TestSupport
import Testing

/// Weights that lie in a file as halves are used with the same bits as the same values in float32.
@Suite struct HalfWeightTests {
    private static let (outputCount, inputCount) = (600, 40)
    private let file: MappedFile
    /// The values of the file, [600, 40], behind two bytes of something else.
    private let values: Tensor

    init() throws {
        let count = Self.outputCount * Self.inputCount
        values = Tensor(
            randomValues(count, seed: 1, in: -16...16).map { ($0 * 64).rounded() / 64 },
            shape: [Self.outputCount, Self.inputCount])
        var halves = [UInt16](repeating: 0, count: count)
        #expect(Kernels.table.half_from_float(&halves, values.floats, Int64(count)))
        let folder = try TemporaryFolder()
        let bytes: [UInt8] =
            [0, 0] + halves.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        file = try #require(MappedFile(path: folder.write("halves", bytes: bytes)))
    }

    /// Two stores of one parameter: halves in the file, and float32; the first is packed.
    private func stores() -> [Parameter] {
        let (halfStore, half) = ParameterStore.of([("weight", values)])
        let halves = HalfTensor(file, 2..<2 + 2 * values.count, shape: values.shape)
        halfStore.use([.file(halves)])
        halfStore.packForFewRows { _ in true }
        let (_, whole) = ParameterStore.of([("weight", values)])
        return [half[0], whole[0]]
    }

    // More rows than are multiplied with the packed values, fewer, and one.
    @Test(arguments: [1, 5, 24, 25, 70]) func sameProducts(rowCount: Int) {
        let parameters = stores()
        let x = Tensor.random([rowCount, Self.inputCount], seed: 2)
        let results = parameters.map { Tape().variable(x).linear($0, bias: nil).value.values }
        #expect(results[0] == results[1])
        #expect(results[0].count == rowCount * Self.outputCount)
    }

    @Test func sameRowsOfATable() {
        let results = stores().map {
            Tape().embedding(
                [599, 0, 7, 7], table: $0, positions: PositionTerm(Tensor.random([2, Self.inputCount], seed: 3)),
                scale: 2
            ).value.values
        }
        #expect(results[0] == results[1] && results[0].count == 4 * Self.inputCount)
    }

    @Test func sameValues() {
        let parameters = stores()
        #expect(parameters[0].value.values == values.values)
        #expect(
            parameters[0].value(as: .bfloat16).values == values.converted(to: .bfloat16).converted(to: .float32).values)
    }
}
