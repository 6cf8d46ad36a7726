import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct EmbeddingOperationTests {
    // Rows [1 2], [3 4], [5 6] of the table; tokens 2 0 | 0 0 in two sequences; times 10, plus positions [.1 .2], [.3 .4].
    // Token 0 is used three times: its gradient is 10 times the sum of the last three rows.
    @Test func handComputed() {
        let (store, parameters) = ParameterStore.of([("table", Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let y = tape.embedding(
            [2, 0, 0, 0], table: parameters[0], positions: PositionTerm(Tensor([0.1, 0.2, 0.3, 0.4], shape: [2, 2])),
            scale: 10)
        tape.backward(from: y, gradient: Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2]))
        #expect(y.value.shape == [2, 2, 2])
        expectClose(y.value.values, [50.1, 60.2, 10.3, 20.4, 10.1, 20.2, 10.3, 20.4], relative: 1e-6)
        #expect(gradients.gradient(of: parameters[0]).values == [150, 180, 0, 0, 10, 20])
    }

    // scripts/golden/embedding.py
    @Test func golden() throws {
        let golden = try GoldenFixture.load("embedding").named("repeated indices")
        let (store, parameters) = ParameterStore.of([("table", try golden.tensor("table").tensor)])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let y = tape.embedding(
            try golden.tensor("indices").integers.map(Int32.init), table: parameters[0],
            positions: PositionTerm(Tensor(zeros: [3, 4])), scale: 1)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(
            gradients.gradient(of: parameters[0]), try golden.tensor("gradient.table"), "gradient of the table")
    }

    @Test func finiteDifferences() {
        let (store, parameters) = ParameterStore.of([("table", .random([5, 3], seed: 1))])
        let positions = PositionTerm(Tensor.random([4, 3], seed: 2))
        expectGradients([], store: store) { tape, _ in
            tape.embedding([0, 4, 4, 1, 3, 0, 4, 4], table: parameters[0], positions: positions, scale: 1.7)
        }
    }

    @Test func noTokens() {
        let (_, parameters) = ParameterStore.of([("table", .random([5, 3], seed: 1))])
        let y = Tape().embedding([], table: parameters[0], positions: PositionTerm(Tensor(zeros: [0, 3])), scale: 1)
        #expect(y.value.count == 0)
    }
}
