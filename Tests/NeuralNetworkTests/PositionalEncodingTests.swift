import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct PositionalEncodingTests {
    // scripts/golden/positions.py. Computed in double like ours, so only the last digit may differ.
    @Test(arguments: try GoldenFixture.load("sinusoidal_positions").cases) func golden(_ golden: GoldenCase) throws {
        let encoding = PositionalEncoding(modelDimension: Int(try golden.number("modelDimension")))
        let expected = try golden.tensor("encoding").tensor
        for (row, position) in try golden.tensor("positions").integers.enumerated() {
            expectClose(
                encoding(first: position, count: 1).values, expected.rows(row..<row + 1).values, absolute: 1e-7,
                relative: 1e-6, "position \(position)")
        }
    }

    // Position 0: sin 0 and cos 0. Position 1, first pair: sin 1 and cos 1.
    @Test func handComputed() {
        let table = PositionalEncoding(modelDimension: 4)(count: 2)
        #expect(table.shape == [2, 4])
        #expect(Array(table.values.prefix(4)) == [0, 1, 0, 1])
        expectClose(Array(table.values[4..<6]), [0.841470985, 0.540302306], relative: 1e-6)
    }

    // A longer table replaces a shorter one; earlier slices stay what they were.
    @Test func anyRange() {
        let encoding = PositionalEncoding(modelDimension: 6)
        let first = encoding(count: 3)
        let all = encoding(count: 100)
        #expect(first.values == all.rows(0..<3).values)
        #expect(encoding(first: 40, count: 7).values == all.rows(40..<47).values)
        #expect(encoding(first: 250, count: 2).rows(0..<1).values != all.rows(99..<100).values)
        #expect(encoding(count: 0).shape == [0, 6])
    }

    // An odd dimension ends on a sine.
    @Test func oddDimension() {
        #expect(PositionalEncoding(modelDimension: 3)(count: 1).values == [0, 1, 0])
    }
}
