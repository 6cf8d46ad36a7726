import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct GELUOperationTests {
    // erf(0) = 0, erf(1 / sqrt 2) = 0.68268949 (the mass of a normal distribution within one deviation):
    // gelu(0) = 0, gelu(1) = 0.84134475, gelu(-1) = -0.15865525. The derivative at 0 is 1/2.
    @Test func handComputed() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([0, 1, -1], shape: [3]), wantsGradient: true)
        let y = x.gelu()
        tape.backward(from: y, gradient: Tensor([2, 0, 0], shape: [3]))
        expectClose(y.value.values, [0, 0.84134475, -0.15865525], absolute: 3e-7)
        expectClose(tape.gradient(of: x)!.values, [1, 0, 0], absolute: 3e-7)
    }

    // scripts/golden/activations.py. The error function is right to 2e-7, so left of 0, where 1 + erf cancels, the
    // result is right to |x| 1e-7 and not to a fraction of itself.
    @Test(arguments: try GoldenFixture.load("gelu").cases) func golden(_ golden: GoldenCase) throws {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = x.gelu()
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectClose(
            y.value.values, try golden.tensor("output").values, absolute: 6e-7, relative: 1e-6, "output")
        expectClose(
            tape.gradient(of: x)!.values, try golden.tensor("gradient.input").values, absolute: 6e-7, relative: 1e-6,
            "gradient")
    }

    @Test func finiteDifferences() {
        expectGradients([.random([2, 3, 9], seed: 1, in: -3...3)]) { _, inputs in inputs[0].gelu() }
    }
}
