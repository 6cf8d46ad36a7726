import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct AttentionKernelTests {
    /// The softmax of the columns that each row sees, in double.
    private func softmax(_ scores: [Float], columns: Int, scale: Float, sees: (Int, Int) -> Bool) -> [Double] {
        (0..<scores.count / columns).flatMap { row in
            let seen = (0..<columns).filter { sees(row, $0) }
            let largest = seen.map { scores[row * columns + $0] }.max() ?? 0
            let weights = (0..<columns).map {
                sees(row, $0) ? exp(Double(scale) * Double(scores[row * columns + $0] - largest)) : 0
            }
            let sum = weights.reduce(0, +)
            return weights.map { sum == 0 ? 0 : $0 / sum }
        }
    }

    /// Rows of attention are padded to whole vectors of 16.
    private func paddedCount(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

    /// Rows of `columns` values as rows of `stride` elements, `filler` behind them.
    private func padded<Value>(_ values: [Value], columns: Int, filler: Value) -> [Value] {
        stride(from: 0, to: values.count, by: columns).flatMap { first in
            values[first..<first + columns] + Array(repeating: filler, count: paddedCount(columns) - columns)
        }
    }

    @Test(arguments: ElementPath.available, kernelSizes) func attentionSoftmax(path: ElementPath, columns: Int) {
        let (rows, stride) = (5, paddedCount(columns))
        for (visible, offset) in [
            (columns, -1), (columns + 3, 0), (columns / 2, -1), (0, -1), (columns - 1, 2), (0, 0),
        ] {
            let values = randomValues(rows * columns, seed: 1, in: -9...9)
            let expected = padded(
                softmax(values, columns: columns, scale: 0.7) { row, column in
                    column < visible && (offset < 0 || column <= row + offset)
                }, columns: columns, filler: 0)
            for rate in [Float(0), 0.4] {
                // What stands behind the columns must not matter.
                let scores = Elements(padded(values, columns: columns, filler: .nan))
                let (p, dropped, again) = (
                    path.output(rows * stride), path.output(rows * stride), path.output(rows * stride)
                )
                path.kernels.attention_softmax(
                    p.pointer, dropped.pointer, scores.floats, Int64(rows), Int64(columns), Int64(stride), 0.7,
                    Int64(visible), Int64(offset), dropoutKey, 1000, rate)
                if rate == 0 {
                    path.expect(p, expected, "visible \(visible), causal offset \(offset)")
                    continue
                }
                // A dropped weight has its sign set, and only where a row sees something a weight can be dropped.
                expectClose(
                    p.values.map(abs), expected.map { Float($0) }, absolute: 1e-6,
                    relative: path.isBFloat16 ? 0x1p-8 : 1e-5)
                for (index, value) in p.values.enumerated() where value != 0 {
                    #expect((value < 0) == !isKept(1000 + UInt64(index), rate: rate))
                }
                path.expect(dropped, p.doubles.map { $0 > 0 ? $0 / 0.6 : 0 })
                path.kernels.attention_dropped(again.pointer, p.pointer, Int64(rows * stride), rate)
                #expect(again.values == dropped.values)
            }
        }
    }

    // What a row may not see may even be NaN; what it sees shows.
    @Test(arguments: ElementPath.available) func attentionSoftmaxOfNaN(path: ElementPath) {
        let rows: [Float] = [1, .nan, .nan, 1, 1, .nan, 1, 1, .nan]
        let (scores, p) = (Elements(padded(rows, columns: 3, filler: 0)), path.output(3 * 16))
        path.kernels.attention_softmax(p.pointer, nil, scores.floats, 3, 3, 16, 1, 2, 0, 0, 0, 0)
        #expect(p.values == padded([1, 0, 0, 0.5, 0.5, 0, 0.5, 0.5, 0], columns: 3, filler: 0))
        let seen = Elements(padded([1, .nan, 1], columns: 3, filler: 0))
        path.kernels.attention_softmax(p.pointer, nil, seen.floats, 1, 3, 16, 1, 3, -1, 0, 0, 0)
        expectClose(Array(p.values.prefix(3)), [.nan, .nan, .nan])
    }

    @Test(arguments: ElementPath.available, kernelSizes) func attentionSoftmaxBackward(path: ElementPath, columns: Int)
    {
        let (rows, stride) = (3, paddedCount(columns))
        let weights = padded(
            softmax(randomValues(rows * columns, seed: 1, in: -3...3), columns: columns, scale: 1) { _, _ in true },
            columns: columns, filler: 0)
        for rate in [Float(0), 0.4] {
            // Every third weight was dropped.
            let wasDropped = weights.indices.map { rate > 0 && $0 % 3 == 0 }
            let p = Elements(
                zip(weights, wasDropped).map { Float($1 ? -$0 : $0) }, isBFloat16: path.isBFloat16)
            let values = padded(randomValues(rows * columns, seed: 2), columns: columns, filler: .nan)
            let (dp, ds) = (Elements(values), path.output(rows * stride))
            path.kernels.attention_softmax_backward(
                ds.pointer, dp.floats, p.pointer, Int64(rows), Int64(columns), Int64(stride), 0.7, rate)
            let masked = values.indices.map { wasDropped[$0] ? 0 : Double(values[$0]) / (1 - Double(rate)) }
            let (magnitudes, results) = (p.doubles.map(abs), ds.values)
            for row in 0..<rows {
                let range = row * stride..<row * stride + columns
                let sum = range.reduce(0.0) { $0 + magnitudes[$1] * masked[$1] }
                expectClose(
                    Array(results[range]), range.map { Float(0.7 * magnitudes[$0] * (masked[$0] - sum)) },
                    absolute: 1e-6, relative: path.isBFloat16 ? 0x1p-8 : 1e-5, "rate \(rate)")
            }
        }
    }

    @Test(arguments: ElementPath.available, [2, 6, 16, 34, 128]) func rotate(path: ElementPath, head: Int) {
        let (batch, time, rotated, columns) = (2, 3, 2 * head, 2 * head + 5)
        let x = path.random(batch * time * columns, seed: 1)
        let angles = randomValues(time * head / 2, seed: 2, in: -3...3)
        let (cosines, sines) = (Elements(angles.map { cos($0) }), Elements(angles.map { sin($0) }))
        for direction in [Double(1), -1] {
            let y = path.output(x.count)
            path.kernels.rotate(
                y.pointer, x.pointer, cosines.floats, sines.floats, Int64(batch), Int64(time), Int64(columns),
                Int64(rotated), Int64(head), Float(direction))
            let values = x.doubles
            var expected = values
            for row in 0..<batch * time {
                for first in stride(from: row * columns, to: row * columns + rotated, by: head) {
                    for i in 0..<head / 2 {
                        let (cosine, sine) = (
                            Double(cosines.floats[row % time * head / 2 + i]),
                            direction * Double(sines.floats[row % time * head / 2 + i])
                        )
                        let (a, b) = (values[first + i], values[first + head / 2 + i])
                        expected[first + i] = a * cosine - b * sine
                        expected[first + head / 2 + i] = b * cosine + a * sine
                    }
                }
            }
            path.expect(y, expected)
        }
    }
}
