import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct DepthwiseConvolutionOperationTests {
    // Two channels, each by itself. Channel 0: frames 1 2 3, weights 10 100 1000 over (before, here, after), bias 0.5:
    // 100 + 2000, 10 + 200 + 3000, 20 + 300 (each + 0.5). Channel 1: frames 1 1 1, weights 0 2 0, bias 0: 2 2 2.
    // With a length of 2 the third frame counts as zero and has a result of zero.
    @Test func handComputed() {
        let (_, parameters) = ParameterStore.of([
            ("weight", Tensor([10, 0, 100, 2, 1000, 0], shape: [3, 2])), ("bias", Tensor([0.5, 0], shape: [2])),
        ])
        let x = Tape().variable(Tensor([1, 1, 2, 1, 3, 1], shape: [1, 3, 2]))
        func run(_ length: Int) -> [Float] {
            x.depthwiseConvolution(parameters[0], bias: parameters[1], lengths: [length]).value.values
        }
        #expect(run(3) == [2100.5, 2, 3210.5, 2, 320.5, 2])
        #expect(run(2) == [2100.5, 2, 210.5, 2, 0, 0])
    }

    // scripts/golden/conformer.py
    @Test(arguments: try GoldenFixture.load("depthwise_convolution").cases) func golden(_ golden: GoldenCase) throws {
        let (store, parameters) = ParameterStore.of([
            ("weight", try golden.tensor("weight").tensor), ("bias", try golden.tensor("bias").tensor),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = x.depthwiseConvolution(
            parameters[0], bias: parameters[1], lengths: try golden.tensor("lengths").integers)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        expectGolden(
            gradients.gradient(of: parameters[0]), try golden.tensor("gradient.weight"), "gradient of the weight")
        expectGolden(gradients.gradient(of: parameters[1]), try golden.tensor("gradient.bias"), "gradient of the bias")
    }

    @Test(arguments: [1, 3, 9]) func finiteDifferences(width: Int) {
        let (store, parameters) = ParameterStore.of([
            ("weight", .random([width, 3], seed: 1)), ("bias", .random([3], seed: 2)),
        ])
        expectGradients([.random([2, 5, 3], seed: 3)], store: store) { _, inputs in
            inputs[0].depthwiseConvolution(parameters[0], bias: parameters[1], lengths: [5, 3])
        }
    }
}
