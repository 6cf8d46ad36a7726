import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct LayerNormOperationTests {
    // x = [1 3]: mean 2, mean square deviation 1, so without epsilon n = [-1 1]; scale [2 3], shift [10 20]: y = [8 23].
    // dy = [1 1]: g = dy scale = [2 3], mean g = 2.5, mean g n = 0.5; dx = g - 2.5 - 0.5 n = [0 0];
    // dscale = dy n = [-1 1], dshift = dy.
    @Test func handComputed() {
        let (store, parameters) = ParameterStore.of([
            ("scale", Tensor([2, 3], shape: [2])), ("shift", Tensor([10, 20], shape: [2])),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(Tensor([1, 3], shape: [1, 2]), wantsGradient: true)
        let y = x.layerNorm(scale: parameters[0], shift: parameters[1], epsilon: 0)
        tape.backward(from: y, gradient: Tensor([1, 1], shape: [1, 2]))
        #expect(y.value.values == [8, 23])
        #expect(tape.gradient(of: x)?.values == [0, 0])
        #expect(gradients.gradient(of: parameters[0]).values == [-1, 1])
        #expect(gradients.gradient(of: parameters[1]).values == [1, 1])
    }

    // scripts/golden/layer_norm.py
    @Test(arguments: try GoldenFixture.load("layer_norm").cases) func golden(_ golden: GoldenCase) throws {
        let (store, parameters) = ParameterStore.of([
            ("scale", try golden.tensor("weight").tensor), ("shift", try golden.tensor("bias").tensor),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = x.layerNorm(
            scale: parameters[0], shift: parameters[1], epsilon: Float(try golden.number("epsilon")))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        // A row without variance has an inverse deviation of 1 / sqrt(1e-5) = 316, which multiplies rounding errors.
        let absolute: Float = 316 * 0x1p-24
        expectClose(
            tape.gradient(of: x)!.values, try golden.tensor("gradient.input").values, absolute: absolute,
            relative: 1e-5,
            "gradient of the input")
        expectClose(
            gradients.gradient(of: parameters[0]).values, try golden.tensor("gradient.weight").values, absolute: 1e-6,
            relative: 1e-5, "gradient of the scale")
        expectGolden(gradients.gradient(of: parameters[1]), try golden.tensor("gradient.bias"), "gradient of the shift")
    }

    @Test(arguments: [(1, 2), (3, 7), (2, 9)]) func finiteDifferences(rows: Int, columns: Int) {
        let (store, parameters) = ParameterStore.of([
            ("scale", .random([columns], seed: 1, in: 0.5...1.5)), ("shift", .random([columns], seed: 2)),
        ])
        expectGradients([.random([rows, columns], seed: 3, in: -2...2)], store: store, step: 0x1p-6) { _, inputs in
            inputs[0].layerNorm(scale: parameters[0], shift: parameters[1])
        }
    }

    // The gradients of scale and shift do not depend on whether anybody wants the gradient of the input.
    @Test func parametersLearnOnAConstantInput() {
        let (store, parameters) = ParameterStore.of([
            ("scale", Tensor([1, 1], shape: [2])), ("shift", Tensor([0, 0], shape: [2])),
        ])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let y = tape.variable(Tensor([1, 3], shape: [1, 2]))
            .layerNorm(scale: parameters[0], shift: parameters[1], epsilon: 0)
        tape.backward(from: y, gradient: Tensor([5, 7], shape: [1, 2]))
        #expect(gradients.gradient(of: parameters[0]).values == [-5, 7])
        #expect(gradients.gradient(of: parameters[1]).values == [5, 7])
    }

    // Row by row: each result has mean 0 and variance 1 (scale 1, shift 0).
    @Test(arguments: [7, 8, 64, 65]) func rowsAreNormalized(columns: Int) {
        let (_, parameters) = ParameterStore.of([
            ("scale", Tensor(Array(repeating: 1, count: columns), shape: [columns])),
            ("shift", Tensor(zeros: [columns])),
        ])
        let y = Tape().variable(.random([5, columns], seed: 1, in: 3...9))
            .layerNorm(scale: parameters[0], shift: parameters[1]).value
        for row in 0..<5 {
            let values = y.rows(row..<row + 1).values
            let mean = values.reduce(0, +) / Float(columns)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(columns)
            expectClose([mean, variance], [0, 1], absolute: 1e-4, "mean and variance of row \(row)")
        }
    }
}
