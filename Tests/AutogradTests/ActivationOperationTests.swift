import Autograd
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct ActivationOperationTests {
    // erf(0) = 0, erf(1 / sqrt 2) = 0.68268949 (the mass of a normal distribution within one deviation):
    // gelu(0) = 0, gelu(1) = 0.84134475, gelu(-1) = -0.15865525. The derivative at 0 is 1/2.
    @Test func geluByHand() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([0, 1, -1], shape: [3]), wantsGradient: true)
        let y = x.gelu()
        tape.backward(from: y, gradient: Tensor([2, 0, 0], shape: [3]))
        expectClose(y.value.values, [0, 0.84134475, -0.15865525], absolute: 3e-7)
        expectClose(tape.gradient(of: x)!.values, [1, 0, 0], absolute: 3e-7)
    }

    // scripts/golden/activations.py. The error function is right to 2e-7, so left of 0, where 1 + erf cancels, the
    // result is right to |x| 1e-7 and not to a fraction of itself.
    @Test(arguments: try GoldenFixture.load("gelu").cases) func geluGolden(_ golden: GoldenCase) throws {
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

    @Test func geluFiniteDifferences() {
        expectGradients([.random([2, 3, 9], seed: 1, in: -3...3)]) { _, inputs in inputs[0].gelu() }
    }

    // swish(0) = 0 with slope 1/2; swish(1) = 1 / (1 + e^-1) = 0.73105858; swish(-1) = -1 / (1 + e) = -0.26894142.
    @Test func swishByHand() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([0, 1, -1], shape: [3]), wantsGradient: true)
        let y = x.swish()
        tape.backward(from: y, gradient: Tensor([2, 0, 0], shape: [3]))
        expectClose(y.value.values, [0, 0.73105858, -0.26894142], relative: 3e-7)
        #expect(tape.gradient(of: x)!.values == [1, 0, 0])
    }

    // a / (1 + e^-b): 3 * 1/2 = 1.5, and 2 at b = 30. Gradients: sigmoid(b) and a sigmoid(b) (1 - sigmoid(b)).
    @Test func gatedLinearUnitByHand() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([3, 2, 0, 30], shape: [1, 4]), wantsGradient: true)
        let y = x.gatedLinearUnit()
        tape.backward(from: y, gradient: Tensor([4, 1], shape: [1, 2]))
        #expect(y.value.shape == [1, 2])
        expectClose(y.value.values, [1.5, 2], relative: 1e-6)
        expectClose(tape.gradient(of: x)!.values, [2, 1, 3, 0], absolute: 1e-6)
    }

    // scripts/golden/activations.py. Far left e^-x is cut off at e^87, where the result is 0 to 1e-34.
    @Test(arguments: try GoldenFixture.load("swish").cases) func swishGolden(_ golden: GoldenCase) throws {
        try expect(golden) { $0.swish() }
    }
    @Test(arguments: try GoldenFixture.load("gated_linear_unit").cases)
    func gatedLinearUnitGolden(_ golden: GoldenCase) throws {
        try expect(golden) { $0.gatedLinearUnit() }
    }

    private func expect(_ golden: GoldenCase, _ operation: (Variable) -> Variable) throws {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = operation(x)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient")
    }

    @Test func swishFiniteDifferences() {
        expectGradients([.random([2, 3, 9], seed: 1, in: -3...3)]) { _, inputs in inputs[0].swish() }
    }

    // Behind an activation dropout draws as it does by itself.
    @Test func dropoutBehindAnActivation() {
        let x = Tensor.random([2, 3, 9], seed: 1, in: -3...3)
        let key = RandomKey(seed: 2)
        let fused = Tape(dropoutKey: key).variable(x).swish(dropoutRate: 0.4).value.values
        let separate = Tape(dropoutKey: key).variable(x).swish().dropout(rate: 0.4).value.values
        expectClose(fused, separate, relative: 1e-6)
        #expect(fused.contains(0))
        expectGradients([x], dropoutKey: key) { _, inputs in inputs[0].gelu(dropoutRate: 0.4) }
    }

    @Test func gatedLinearUnitFiniteDifferences() {
        expectGradients([.random([2, 3, 10], seed: 1, in: -3...3)]) { _, inputs in inputs[0].gatedLinearUnit() }
    }
}
