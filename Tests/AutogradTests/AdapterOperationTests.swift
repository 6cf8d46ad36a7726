import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct AdapterOperationTests {
    // x = [1 2], A = [[3 4]], B = [[5], [6]], base = [10 20]: x A^T = 11, y = [10 + 55, 20 + 66] = [65, 86].
    // With dy = [1 2]: dB = dy^T 11 = [11 22]; d = dy B = 5 + 12 = 17; dA = 17 x = [17 34], dx = 17 A = [51 68]; dbase = dy.
    @Test func handComputed() {
        let (store, parameters) = ParameterStore.of([
            ("down", Tensor([3, 4], shape: [1, 2])), ("up", Tensor([5, 6], shape: [2, 1])),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(Tensor([1, 2], shape: [1, 2]), wantsGradient: true)
        let base = tape.variable(Tensor([10, 20], shape: [1, 2]), wantsGradient: true)
        let y = x.adapted(down: parameters[0], up: parameters[1], base: base)
        tape.backward(from: y, gradient: Tensor([1, 2], shape: [1, 2]))
        #expect(y.value.values == [65, 86])
        #expect(tape.gradient(of: x)?.values == [51, 68] && tape.gradient(of: base)?.values == [1, 2])
        #expect(gradients.gradient(of: parameters[0]).values == [17, 34])
        #expect(gradients.gradient(of: parameters[1]).values == [11, 22])
    }

    @Test func finiteDifferences() {
        let (store, parameters) = ParameterStore.of([
            ("down", Tensor.random([2, 5], seed: 1)), ("up", Tensor.random([3, 2], seed: 2)),
        ])
        expectGradients([Tensor.random([4, 5], seed: 3), Tensor.random([4, 3], seed: 4)], store: store) { _, inputs in
            inputs[0].adapted(down: parameters[0], up: parameters[1], base: inputs[1])
        }
    }
}
