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

    @Test func finiteDifferences() {
        expectGradients([.random([2, 6], seed: 1)]) { _, inputs in inputs[0].reshaped([3, 4]).gelu() }
    }
}
