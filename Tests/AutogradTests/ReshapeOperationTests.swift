import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ReshapeOperationTests {
    @Test func keepsTheElementsBothWays() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), wantsGradient: true)
        let y = x.reshaped([3, 2])
        tape.backward(from: y, gradient: Tensor([6, 5, 4, 3, 2, 1], shape: [3, 2]))
        #expect(y.value.shape == [3, 2])
        #expect(y.value.values == [1, 2, 3, 4, 5, 6])
        #expect(tape.gradient(of: x)?.shape == [2, 3])
        #expect(tape.gradient(of: x)?.values == [6, 5, 4, 3, 2, 1])
    }

    // Sequences of three positions of two features: the last one has no neighbour.
    @Test func pairs() {
        let x = Tape().variable(Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], shape: [2, 3, 2]))
        let y = x.joiningPairs().value
        #expect(y.shape == [2, 2, 4])
        #expect(y.values == [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0])
        for time in [3, 4] {
            expectGradients([.random([2, time, 2], seed: 1)]) { tape, inputs in
                // Twice, so that gradients are added.
                inputs[0].joiningPairs().adding(inputs[0].joiningPairs().gelu())
            }
        }
    }

    @Test func finiteDifferences() {
        expectGradients([.random([2, 6], seed: 1)]) { _, inputs in inputs[0].reshaped([3, 4]).gelu() }
    }
}
