import Autograd
import Tensors
import TestSupport
import Testing

/// The numbers of docs/tutorial-backward-pass.md: the row (1, 7, 7, 9) with mean 6 and standard deviation 3.
@Suite struct BackwardPassTutorialTests {
    private static let row: [Float] = [1, 7, 7, 9]
    private static let upstream: [Float] = [0, 3, 0, 2]

    /// What layer normalisation and its backward pass give for `rowCount` copies of the tutorial's row.
    private struct Result {
        let output: [Float]
        let inputGradient: [Float]
        let scaleGradient: [Float]
        let shiftGradient: [Float]

        init(rowCount: Int) throws {
            let store = ParameterStore()
            let scale = store.declare("scale", shape: [4], .ones)
            let shift = store.declare("shift", shape: [4], .zeros)
            store.initialize(seed: 1)
            scale.value.floats.update(from: [1, 2, 1, 3], count: 4)
            shift.value.floats.update(from: [1, 1, 1, 1], count: 4)

            let tape = Tape(gradients: ParameterGradients(for: store))
            let copies = { (values: [Float]) in
                Tensor(Array(repeatElement(values, count: rowCount).joined()), shape: [rowCount, 4])
            }
            let input = tape.variable(copies(row), wantsGradient: true)
            let output = input.layerNorm(scale: scale, shift: shift)
            tape.backward(from: output, gradient: copies(upstream))
            self.output = output.value.values
            inputGradient = try #require(tape.gradient(of: input)).values
            let gradients = try #require(tape.gradients)
            scaleGradient = gradients.gradient(of: scale).values
            shiftGradient = gradients.gradient(of: shift).values
        }
    }

    // Epsilon (1e-5 beside a variance of 9) moves the seventh digit; hence the tolerance.
    @Test func tableOfTheTutorial() throws {
        let result = try Result(rowCount: 1)
        expectClose(result.output, [-2.0 / 3, 5.0 / 3, 4.0 / 3, 4], absolute: 1e-5, "output")
        expectClose(result.shiftGradient, [0, 3, 0, 2], absolute: 1e-5, "gradient of the shift")
        expectClose(result.scaleGradient, [0, 1, 0, 2], absolute: 1e-5, "gradient of the scale")
        expectClose(
            result.inputGradient, [1.0 / 9, 7.0 / 9, -11.0 / 9, 1.0 / 3], absolute: 1e-5, "gradient of the input")
    }

    // A constant added to the row, or a longer deviation, changes no output: no gradient points that way.
    @Test func gradientPointsNowhereThatDoesNotMatter() throws {
        let gradient = try Result(rowCount: 1).inputGradient
        let normalized: [Float] = [-5.0 / 3, 1.0 / 3, 1.0 / 3, 1]
        let alongConstant = gradient.reduce(0, +)
        let alongDeviation = zip(gradient, normalized).reduce(0) { $0 + $1.0 * $1.1 }
        expectClose([alongConstant, alongDeviation], [0, 0], absolute: 1e-5, "sums of the tutorial")
    }

    // "Added up over the rows": three rows alike give three times the gradient of one.
    @Test func parameterGradientsAddUpOverTheRows() throws {
        let result = try Result(rowCount: 3)
        expectClose(result.shiftGradient, [0, 9, 0, 6], absolute: 3e-5, "gradient of the shift")
        expectClose(result.scaleGradient, [0, 3, 0, 6], absolute: 3e-5, "gradient of the scale")
    }
}
