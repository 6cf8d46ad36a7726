import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct AdditiveAttentionKernelTests {
    /// Three rows, each with its sequence or all with the first one, of which the last has no position; against the formulas in double precision.
    @Test(arguments: ElementPath.available, kernelSizes)
    func additiveAttention(path: ElementPath, size: Int) {
        for sequences in [3, 1] { expectFormulas(path, size: size, sequences: sequences) }
    }

    private func expectFormulas(_ path: ElementPath, size: Int, sequences: Int) {
        let (rows, time, width, columns, stride) = (3, 17, size, size + 3, 32)
        let lengths: [Int32] = sequences == 1 ? [16] : [17, 5, 0]
        let queries = Elements(randomValues(rows * width, seed: 1, in: -3...3))
        let keys = Elements(randomValues(sequences * time * width, seed: 2, in: -3...3))
        let energy = Elements(randomValues(width, seed: 3))
        let values = path.random(sequences * time * columns, seed: 4)
        let dcontexts = Elements(randomValues(rows * columns, seed: 5))
        let weights = Elements(Array(repeating: .nan, count: rows * stride))
        let context = path.output(rows * columns)
        let dqueries = path.output(rows * width)
        let (keysBefore, energyBefore) = (randomValues(keys.count, seed: 6), randomValues(width, seed: 7))
        let (dkeys, denergy) = (Elements(keysBefore), Elements(energyBefore))
        let dscores = Elements(Array(repeating: .nan, count: time))
        lengths.withUnsafeBufferPointer { counts in
            var memory = attended_memory(
                keys: keys.floats, values: values.pointer, energy: energy.floats, lengths: counts.baseAddress,
                sequences: Int64(sequences), time: Int64(time), width: Int64(width), columns: Int64(columns),
                stride: Int64(stride))
            path.kernels.additive_attention(
                weights.floats, context.pointer, queries.floats, &memory, Int64(rows))
            path.kernels.additive_attention_backward(
                dqueries.pointer, dkeys.floats, denergy.floats, dscores.floats, dcontexts.floats, weights.floats,
                queries.floats, &memory, Int64(rows))
        }

        var expectedWeights = [Double](repeating: 0, count: rows * stride)
        var expectedContext = [Double](repeating: 0, count: rows * columns)
        var expectedQueries = [Double](repeating: 0, count: rows * width)
        var (expectedKeys, expectedEnergy) = (keysBefore.map(Double.init), energyBefore.map(Double.init))
        for row in 0..<rows {
            let sequence = sequences == 1 ? 0 : row
            let count = Int(lengths[sequence])
            func y(_ t: Int, _ i: Int) -> Double {
                tanh(queries.doubles[row * width + i] + keys.doubles[(sequence * time + t) * width + i])
            }
            func value(_ t: Int, _ c: Int) -> Double { values.doubles[(sequence * time + t) * columns + c] }
            let powers = (0..<count).map { t in exp((0..<width).reduce(0) { $0 + energy.doubles[$1] * y(t, $1) }) }
            let w = powers.map { $0 / powers.reduce(0, +) }
            let dweights = (0..<count).map { t in
                (0..<columns).reduce(0) { $0 + dcontexts.doubles[row * columns + $1] * value(t, $1) }
            }
            let mean = zip(w, dweights).reduce(0) { $0 + $1.0 * $1.1 }
            for t in 0..<count {
                expectedWeights[row * stride + t] = w[t]
                for c in 0..<columns { expectedContext[row * columns + c] += w[t] * value(t, c) }
                let dscore = w[t] * (dweights[t] - mean)
                for i in 0..<width {
                    let upstream = dscore * energy.doubles[i] * (1 - y(t, i) * y(t, i))
                    expectedQueries[row * width + i] += upstream
                    expectedKeys[(sequence * time + t) * width + i] += upstream
                    expectedEnergy[i] += dscore * y(t, i)
                }
            }
        }
        expectClose(weights.values, expectedWeights.map { Float($0) }, absolute: 1e-6, relative: 1e-5)
        path.expect(context, expectedContext)
        path.expect(dqueries, expectedQueries, absolute: 2e-6)
        expectClose(dkeys.values, expectedKeys.map { Float($0) }, absolute: 2e-6, relative: 1e-5)
        expectClose(denergy.values, expectedEnergy.map { Float($0) }, absolute: 2e-6, relative: 1e-5)
    }

    /// Energies of any size: nothing overflows.
    @Test(arguments: KernelPath.available) func largeNumbers(path: KernelPath) {
        let (queries, keys) = (Elements([1e30, -1e30]), Elements([1, 2, -1e30, 3e38]))
        let (weights, context) = (Elements(Array(repeating: .nan, count: 32)), Elements([.nan, .nan]))
        let (values, energy) = (Elements([1, 2, 3, 4]), Elements([1e4]))
        [Int32(4)].withUnsafeBufferPointer { counts in
            var memory = attended_memory(
                keys: keys.floats, values: values.pointer, energy: energy.floats, lengths: counts.baseAddress,
                sequences: 1, time: 4, width: 1, columns: 1, stride: 16)
            path.table.float32.additive_attention(weights.floats, context.pointer, queries.floats, &memory, 2)
        }
        // tanh(1e30 + key) is 1, 1, 0 and 1: three equal weights; tanh(-1e30 + key) is -1 except for the last key, where it is 1.
        expectClose(context.values, [(1 + 2 + 4) / 3, 4], relative: 1e-5)
    }
}
