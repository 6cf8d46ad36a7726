import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct RotaryPositionsTests {
    // One head of 2: position t turns (1, 0) by t radians, to (cos t, sin t). The third column stays.
    @Test func handComputed() {
        let x = Tape().variable(Tensor([1, 0, 7, 1, 0, 8], shape: [1, 2, 3]))
        let y = x.rotated(by: RotaryPositions(headDimension: 2)(0..<2), columnCount: 2)
        expectClose(y.value.values, [1, 0, 7, 0.540302306, 0.841470985, 8], absolute: 1e-7)
    }

    // scripts/golden/conformer.py
    @Test(arguments: try GoldenFixture.load("rotary_positions").cases) func golden(_ golden: GoldenCase) throws {
        let rotary = RotaryPositions(headDimension: Int(try golden.number("headDimension")))
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let input = try golden.tensor("input")
        let x = tape.variable(input.tensor, wantsGradient: true)
        let y = x.rotated(by: rotary(0..<input.shape[1]), columnCount: Int(try golden.number("columnCount")))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient")
    }

    // What rotary positions are for: the product of a query and a key depends on their distance alone (Su et al. 2021,
    // equation 11).
    @Test func productsDependOnTheDistance() {
        let (time, head) = (12, 8)
        let (query, key) = (randomValues(head, seed: 1), randomValues(head, seed: 2))
        func rotated(_ vector: [Float]) -> [Float] {
            let x = Tape().variable(
                Tensor(Array(repeating: vector, count: time).flatMap { $0 }, shape: [1, time, head]))
            return x.rotated(by: RotaryPositions(headDimension: head)(0..<time), columnCount: head).value.values
        }
        let (queries, keys) = (rotated(query), rotated(key))
        func product(_ i: Int, _ j: Int) -> Float {
            (0..<head).reduce(0) { $0 + queries[i * head + $1] * keys[j * head + $1] }
        }
        for distance in 0..<4 {
            for i in 0..<time - distance {
                expectClose([product(i, i + distance)], [product(0, distance)], absolute: 3e-6)
            }
        }
        #expect(abs(product(0, 3) - product(3, 0)) > 1e-3, "before and after differ")
    }
}
