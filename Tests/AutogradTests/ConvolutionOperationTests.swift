import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionOperationTests {
    // One channel, frames 1 2 3 4, weights 10 100 1000 over (before, here, after), bias 0.5, stride 1, padding 1:
    // y0 = 0 + 100 + 2000, y1 = 10 + 200 + 3000, y2 = 20 + 300 + 4000, y3 = 30 + 400 + 0 (each + 0.5).
    // Stride 2 keeps y0 and y2.
    @Test func handComputed() {
        let (_, parameters) = ParameterStore.of([
            ("weight", Tensor([10, 100, 1000], shape: [1, 3])), ("bias", Tensor([0.5], shape: [1])),
        ])
        let x = Tape().variable(Tensor([1, 2, 3, 4], shape: [1, 4, 1]))
        func run(stride: Int, length: Int) -> [Float] {
            x.convolution1D(
                parameters[0], bias: parameters[1], width: 3, stride: stride, padding: 1, lengths: [length]
            ).value.values
        }
        #expect(run(stride: 1, length: 4) == [2100.5, 3210.5, 4320.5, 430.5])
        #expect(run(stride: 2, length: 4) == [2100.5, 4320.5])
        // Frames from the length on count as 0: 1 2 0 0.
        #expect(run(stride: 1, length: 2) == [2100.5, 210.5, 20.5, 0.5])
    }

    // floor((count + 2 padding - width) / stride) + 1, and none where no window fits.
    @Test(arguments: [
        (1, 3, 1, 1, 1), (5, 3, 1, 1, 5), (5, 3, 2, 1, 3), (6, 3, 2, 1, 3), (0, 3, 2, 1, 0), (1, 3, 3, 0, 0),
        (2, 3, 2, 0, 0), (3, 3, 2, 0, 1), (1, 5, 4, 0, 0),
    ])
    func outputCount(count: Int, width: Int, stride: Int, padding: Int, expected: Int) {
        #expect(convolutionOutputCount(count, width: width, stride: stride, padding: padding) == expected)
    }

    /// PyTorch's [output, input, width] as [output, width * input].
    private func windowOrder(_ weight: GoldenTensor) -> Tensor {
        let (outputs, inputs, width) = (weight.shape[0], weight.shape[1], weight.shape[2])
        var values: [Float] = []
        for output in 0..<outputs {
            for k in 0..<width {
                for input in 0..<inputs { values.append(weight.values[(output * inputs + input) * width + k]) }
            }
        }
        return Tensor(values, shape: [outputs, width * inputs])
    }

    // scripts/golden/convolution.py
    @Test(arguments: try GoldenFixture.load("convolution").cases) func golden(_ golden: GoldenCase) throws {
        let input = try golden.tensor("input")
        let (store, parameters) = ParameterStore.of([
            ("weight", windowOrder(try golden.tensor("weight"))), ("bias", try golden.tensor("bias").tensor),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(input.tensor, wantsGradient: true)
        let y = x.convolution1D(
            parameters[0], bias: parameters[1], width: 3, stride: Int(try golden.number("stride")), padding: 1,
            lengths: Array(repeating: input.shape[1], count: input.shape[0]))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        let expected = windowOrder(try golden.tensor("gradient.weight")).values
        expectClose(
            gradients.gradient(of: parameters[0]).values, expected, absolute: 1e-6, relative: 1e-5,
            "gradient of the weight")
        expectGolden(gradients.gradient(of: parameters[1]), try golden.tensor("gradient.bias"), "gradient of the bias")
    }

    @Test(arguments: [1, 2, 3]) func finiteDifferences(stride: Int) {
        let (store, parameters) = ParameterStore.of([
            ("weight", .random([4, 3 * 2], seed: 1)), ("bias", .random([4], seed: 2)),
        ])
        expectGradients([.random([2, 5, 2], seed: 3)], store: store) { _, inputs in
            inputs[0].convolution1D(
                parameters[0], bias: parameters[1], width: 3, stride: stride, padding: 1, lengths: [5, 3])
        }
    }

    // What stands behind a sequence must not matter, whatever it is.
    @Test(arguments: [1, 3, 4, 5, 9, 12, 13, 24, 25, 50, 97]) func aSequenceGivesTheSameAloneAndInABatch(time: Int) {
        let (_, parameters) = ParameterStore.of([
            ("weight", .random([4, 3 * 2], seed: 1)), ("bias", .random([4], seed: 2)),
        ])
        let long = randomValues((time + 3) * 2, seed: 3)
        let short = randomValues(time * 2, seed: 4)
        let padding = Array(repeating: Float.nan, count: 3 * 2)
        func run(_ values: [Float], _ lengths: [Int], time: Int) -> Tensor {
            Tape().variable(Tensor(values, shape: [lengths.count, time, 2])).convolution1D(
                parameters[0], bias: parameters[1], width: 3, stride: 2, padding: 1, lengths: lengths
            ).value
        }
        let together = run(long + short + padding, [time + 3, time], time: time + 3)
        let alone = run(short, [time], time: time)
        #expect(Array(together.rows(1..<2).values.prefix(alone.count)) == alone.values)
    }
}
