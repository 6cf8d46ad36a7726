import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct LSTMKernelTests {
    /// Against the formulas in double; the second of three sequences has ended: its state stays.
    @Test(arguments: ElementPath.available, kernelSizes) func lstm(path: ElementPath, units: Int) {
        let rows = 3
        let inputs = Elements(randomValues(rows * 4 * units, seed: 1, in: -4...4))
        let (gates, cell) = (Elements(inputs.values), Elements(Array(repeating: 0, count: rows * units)))
        let previousCell = Elements(randomValues(rows * units, seed: 2, in: -2...2))
        let (previous, hidden) = (path.random(rows * units, seed: 3), path.output(rows * units))
        path.kernels.lstm(
            gates.floats, cell.floats, hidden.pointer, previousCell.floats, previous.pointer, [5, 4, 6], 4, Int64(rows),
            Int64(units))
        let dy = path.random(rows * units, seed: 4)
        let (later, laterCell) = (randomValues(rows * units, seed: 5), randomValues(rows * units, seed: 6))
        let (dhidden, dcell) = (Elements(later), Elements(laterCell))
        let dgates = path.output(rows * 4 * units)
        path.kernels.lstm_backward(
            dgates.pointer, dhidden.floats, dcell.floats, dy.pointer, gates.floats, cell.floats, previousCell.floats,
            [5, 4, 6], 4, Int64(rows), Int64(units))

        var (expectedHidden, expectedCell) = (previous.doubles, previousCell.doubles)
        var (expectedGates, expectedDcell) = ([Double](repeating: 0, count: dgates.count), laterCell.map(Double.init))
        var expectedDhidden = later.map(Double.init)
        for row in [0, 2] {
            for i in 0..<units {
                let (place, first) = (row * units + i, row * 4 * units + i)
                let x = (0..<4).map { inputs.doubles[first + $0 * units] }
                let (a, f, g, o) = (sigmoid(x[0]), sigmoid(x[1]), tanh(x[2]), sigmoid(x[3]))
                let before = previousCell.doubles[place]
                let c = f * before + a * g
                (expectedCell[place], expectedHidden[place]) = (c, o * tanh(c))
                let dh = Double(later[place]) + dy.doubles[place]
                let dc = Double(laterCell[place]) + dh * o * (1 - tanh(c) * tanh(c))
                expectedGates[first] = dc * g * a * (1 - a)
                expectedGates[first + units] = dc * before * f * (1 - f)
                expectedGates[first + 2 * units] = dc * a * (1 - g * g)
                expectedGates[first + 3 * units] = dh * tanh(c) * o * (1 - o)
                (expectedDcell[place], expectedDhidden[place]) = (dc * f, 0)
            }
        }
        path.expect(hidden, expectedHidden)
        path.expect(dgates, expectedGates)
        expectClose(cell.values, expectedCell.map { Float($0) }, absolute: 1e-6, relative: 2e-6)
        expectClose(dcell.values, expectedDcell.map { Float($0) }, absolute: 1e-6, relative: 2e-6)
        expectClose(dhidden.values, expectedDhidden.map { Float($0) })
    }
}
