import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct ElementKernelTests {
    @Test(arguments: ElementPath.available, kernelSizes) func conversions(path: ElementPath, count: Int) {
        let x = path.random(count, seed: 1)
        let (floats, back) = (Elements(Array(repeating: .nan, count: count)), path.output(count))
        path.kernels.to_float(floats.floats, x.pointer, Int64(count))
        path.kernels.from_float(back.pointer, floats.floats, Int64(count))
        #expect(floats.values == x.values)
        #expect(back.values == x.values)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func add(path: ElementPath, count: Int) {
        let (x, y) = (path.random(count, seed: 1), path.random(count, seed: 2))
        let expected = zip(x.doubles, y.doubles).map { $0 + $1 }
        path.kernels.add(x.pointer, y.pointer, Int64(count))
        path.expect(x, expected)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func reluBackward(path: ElementPath, count: Int) {
        let (dy, y, dx) = (path.random(count, seed: 1), path.random(count, seed: 2), path.output(count))
        let expected = zip(dy.values, y.values).map { $1 > 0 ? 2 * $0 : 0 }
        path.kernels.relu_backward(dx.pointer, dy.pointer, y.pointer, Int64(count), 2)
        #expect(dx.values == expected)
        path.kernels.relu_backward(dy.pointer, dy.pointer, y.pointer, Int64(count), 2)
        #expect(dy.values == expected, "in place")
    }

    @Test(arguments: ElementPath.available) func reluBackwardAtZero(path: ElementPath) {
        let (dy, y) = (
            Elements([5, 5, 5], isBFloat16: path.isBFloat16), Elements([0, -0.0, 1e-30], isBFloat16: path.isBFloat16)
        )
        path.kernels.relu_backward(dy.pointer, dy.pointer, y.pointer, 3, 1)
        #expect(dy.values == [0, 0, 5])
    }

    @Test(arguments: ElementPath.available, kernelSizes) func gelu(path: ElementPath, count: Int) {
        let (x, dy) = (path.random(count, seed: 1, in: -4...4), path.random(count, seed: 2))
        let (y, dx) = (path.output(count), path.output(count))
        path.kernels.gelu(y.pointer, x.pointer, Int64(count), 0, 0)
        path.kernels.gelu_backward(dx.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        func cumulative(_ x: Double) -> Double { 0.5 * (1 + erf(x / 2.0.squareRoot())) }
        path.expect(y, x.doubles.map { $0 * cumulative($0) })
        path.expect(
            dx,
            zip(x.doubles, dy.doubles).map { x, dy in
                dy * (cumulative(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
            })
        path.kernels.gelu_backward(dy.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        #expect(dy.values == dx.values, "in place")
    }

    @Test(arguments: ElementPath.available) func geluAtTheEnds(path: ElementPath) {
        let x = Elements([.nan, 100, -100, 0, -0.0, .infinity], isBFloat16: path.isBFloat16)
        let y = path.output(6)
        path.kernels.gelu(y.pointer, x.pointer, 6, 0, 0)
        expectClose(y.values, [.nan, 100, 0, 0, 0, .infinity])
        let dy = Elements(Array(repeating: 1, count: 6), isBFloat16: path.isBFloat16)
        path.kernels.gelu_backward(dy.pointer, dy.pointer, x.pointer, 5, 0, 0)
        expectClose(Array(dy.values.prefix(5)), [.nan, 1, 0, 0.5, 0.5])
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test(arguments: ElementPath.available, kernelSizes) func swish(path: ElementPath, count: Int) {
        let (x, dy) = (path.random(count, seed: 1, in: -8...8), path.random(count, seed: 2))
        let (y, dx) = (path.output(count), path.output(count))
        path.kernels.swish(y.pointer, x.pointer, Int64(count), 0, 0)
        path.kernels.swish_backward(dx.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        path.expect(y, x.doubles.map { $0 * sigmoid($0) })
        path.expect(
            dx, zip(x.doubles, dy.doubles).map { x, dy in dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))) })
        path.kernels.swish_backward(dy.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
        #expect(dy.values == dx.values, "in place")
    }

    @Test(arguments: ElementPath.available, kernelSizes) func gatedLinear(path: ElementPath, columns: Int) {
        let rows = 3
        let (x, dy) = (path.random(rows * 2 * columns, seed: 1, in: -8...8), path.random(rows * columns, seed: 2))
        let (y, dx) = (path.output(dy.count), path.output(x.count))
        path.kernels.gated_linear(y.pointer, x.pointer, Int64(rows), Int64(columns))
        path.kernels.gated_linear_backward(dx.pointer, dy.pointer, x.pointer, Int64(rows), Int64(columns))
        var expected: [Double] = []
        var gradient = [Double](repeating: 0, count: x.count)
        let (values, upstream) = (x.doubles, dy.doubles)
        for row in 0..<rows {
            for i in 0..<columns {
                let place = row * 2 * columns + i
                let (a, gate) = (values[place], sigmoid(values[place + columns]))
                expected.append(a * gate)
                gradient[place] = upstream[row * columns + i] * gate
                gradient[place + columns] = upstream[row * columns + i] * a * gate * (1 - gate)
            }
        }
        path.expect(y, expected)
        path.expect(dx, gradient)
    }

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

    @Test(arguments: ElementPath.available, kernelSizes) func depthwise(path: ElementPath, channels: Int) {
        for (time, width) in [(1, 1), (4, 3), (3, 7), (9, 5)] {
            let (batch, lengths) = (2, [time, time / 2])
            let counts = lengths.map(Int32.init)
            let (x, dy) = (
                path.random(batch * time * channels, seed: 1), path.random(batch * time * channels, seed: 2)
            )
            let (weight, bias) = (
                Elements(randomValues(width * channels, seed: 3)), Elements(randomValues(channels, seed: 4))
            )
            let (dweight, dbias) = (
                Elements(Array(repeating: 1, count: width * channels)), Elements(Array(repeating: 2, count: channels))
            )
            let (y, dx) = (path.output(x.count), path.output(x.count))
            path.kernels.depthwise(
                y.pointer, x.pointer, weight.floats, bias.floats, counts, Int64(batch), Int64(time), Int64(channels),
                Int64(width))
            path.kernels.depthwise_backward(
                dx.pointer, dweight.floats, dbias.floats, dy.pointer, x.pointer, weight.floats, counts, Int64(batch),
                Int64(time), Int64(channels), Int64(width))

            var (expected, gradient) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: x.count))
            var expectedWeight = [Double](repeating: 1, count: weight.count)
            var expectedBias = [Double](repeating: 2, count: channels)
            let (values, upstream, factors) = (x.doubles, dy.doubles, weight.doubles)
            for b in 0..<batch {
                for t in 0..<lengths[b] {
                    for c in 0..<channels {
                        let place = (b * time + t) * channels + c
                        expected[place] += bias.doubles[c]
                        expectedBias[c] += upstream[place]
                        for k in 0..<width where (0..<lengths[b]).contains(t + k - width / 2) {
                            let source = place + (k - width / 2) * channels
                            expected[place] += factors[k * channels + c] * values[source]
                            gradient[source] += factors[k * channels + c] * upstream[place]
                            expectedWeight[k * channels + c] += values[source] * upstream[place]
                        }
                    }
                }
            }
            path.expect(y, expected, absolute: 3e-6, "output")
            path.expect(dx, gradient, absolute: 3e-6, "dx")
            path.expect(dweight, expectedWeight, absolute: 3e-6, "dweight")
            path.expect(dbias, expectedBias, absolute: 3e-6, "dbias")
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

    /// Whether dropout keeps an element: the hash of math_template.h, in 64-bit arithmetic.
    private func keeps(_ index: UInt64, key: UInt64, rate: Float) -> Bool {
        let mask: UInt64 = 0xffff_ffff
        var x = ((index & mask) * 0x9e37_79b9 + (key & mask)) & mask
        x ^= x >> 16
        x = x * 0x7feb_352d & mask
        x ^= (x >> 15) ^ (key >> 32)
        x = x * 0x846c_a68b & mask
        x ^= x >> 16
        return Double(x) >= (Double(rate) * 0x1p32).rounded(.down)
    }
    private let key: UInt64 = 0x0123_4567_89ab_cdef

    @Test(arguments: ElementPath.available, kernelSizes) func dropout(path: ElementPath, count: Int) {
        let (x, y) = (path.random(count, seed: 1), path.output(count))
        // The counter's low 32 bits count: across the end of them too.
        for first in [UInt64(0), 12345, 0xffff_fffc] {
            path.kernels.dropout(y.pointer, x.pointer, Int64(count), key, first, 0.3)
            path.expect(
                y, x.doubles.enumerated().map { keeps(first + UInt64($0), key: key, rate: 0.3) ? $1 / 0.7 : 0 })
        }
        let expected = y.values
        path.kernels.dropout(x.pointer, x.pointer, Int64(count), key, 0xffff_fffc, 0.3)
        #expect(x.values == expected, "in place")
    }

    // Dropout behind an activation is dropout of its result, and so is its backward pass.
    @Test(arguments: ElementPath.available, kernelSizes) func activationWithDropout(path: ElementPath, count: Int) {
        let x = path.random(count, seed: 1, in: -4...4)
        let dy = path.random(count, seed: 2)
        let activations = [
            (path.kernels.gelu!, path.kernels.gelu_backward!), (path.kernels.swish!, path.kernels.swish_backward!),
        ]
        for (forward, backward) in activations {
            let (plain, dropped, plainGradient, droppedGradient) = (
                path.output(count), path.output(count), path.output(count), path.output(count)
            )
            forward(plain.pointer, x.pointer, Int64(count), 0, 0)
            forward(dropped.pointer, x.pointer, Int64(count), key, 0.3)
            backward(plainGradient.pointer, dy.pointer, x.pointer, Int64(count), 0, 0)
            backward(droppedGradient.pointer, dy.pointer, x.pointer, Int64(count), key, 0.3)
            func masked(_ values: [Double]) -> [Float] {
                values.enumerated().map { keeps(UInt64($0), key: key, rate: 0.3) ? Float($1 / 0.7) : 0 }
            }
            // Rounded twice: before and after the division by 0.7.
            let tolerance: Float = path.isBFloat16 ? 0x1p-7 : 1e-5
            expectClose(dropped.values, masked(plain.doubles), absolute: 1e-6, relative: tolerance)
            expectClose(droppedGradient.values, masked(plainGradient.doubles), absolute: 1e-6, relative: tolerance)
        }
    }

    // Dropping a whole run, or its parts with their first numbers, is the same.
    @Test(arguments: ElementPath.available) func dropoutInParts(path: ElementPath) {
        let (x, whole, parts) = (path.random(65, seed: 1), path.output(65), path.output(65))
        let size = path.isBFloat16 ? 2 : 4
        path.kernels.dropout(whole.pointer, x.pointer, 65, key, 100, 0.5)
        for range in [0..<1, 1..<9, 9..<65] {
            let offset = range.lowerBound * size
            path.kernels.dropout(
                parts.pointer + offset, x.pointer + offset, Int64(range.count), key, UInt64(100 + range.lowerBound), 0.5
            )
        }
        #expect(parts.values == whole.values)
    }

    @Test(arguments: ElementPath.available, kernelSizes) func dropoutAdd(path: ElementPath, count: Int) {
        let (x, y) = (randomValues(count, seed: 1), path.random(count, seed: 2))
        for rate in [Float(0), 0.3] {
            let (sum, dy) = (Elements(Array(repeating: .nan, count: count)), path.output(count))
            path.kernels.dropout_add(sum.floats, x, y.pointer, Int64(count), 0.8, key, rate)
            path.kernels.dropout_add_backward(dy.pointer, x, Int64(count), 0.8, key, rate)
            let factors = (0..<count).map {
                rate == 0 ? 0.8 : keeps(UInt64($0), key: key, rate: rate) ? 0.8 / (1 - Double(rate)) : 0
            }
            expectClose(
                sum.values, (0..<count).map { Float(Double(x[$0]) + factors[$0] * y.doubles[$0]) }, absolute: 1e-6,
                "sum")
            path.expect(dy, (0..<count).map { factors[$0] * Double(x[$0]) }, "gradient")
        }
    }

    @Test(arguments: ElementPath.available, kernelSizes) func columnSums(path: ElementPath, columns: Int) {
        for rows in [1, 3, 4, 5, 9] {
            let x = path.random(rows * columns, seed: 1)
            let start = randomValues(columns, seed: 2)
            let sums = Elements(start)
            path.kernels.column_sums(sums.floats, x.pointer, Int64(rows), Int64(columns))
            let values = x.doubles
            expectClose(
                sums.values,
                (0..<columns).map { column in
                    Float((0..<rows).reduce(Double(start[column])) { $0 + values[$1 * columns + column] })
                }, absolute: 3e-6)
        }
    }

    @Test(arguments: ElementPath.available, kernelSizes) func layerNorm(path: ElementPath, columns: Int) {
        let rows = 3
        let x = randomValues(rows * columns, seed: 1, in: 2...5)
        let (scale, shift) = (randomValues(columns, seed: 2, in: 0.5...1.5), randomValues(columns, seed: 3))
        let y = path.output(rows * columns)
        let (mean, inverse) = (Elements([0, 0, 0]), Elements([0, 0, 0]))
        path.kernels.layer_norm(
            y.pointer, mean.floats, inverse.floats, x, scale, shift, Int64(rows), Int64(columns), 1e-2)

        let dy = path.random(rows * columns, seed: 4)
        let (dscale, dshift) = (
            Elements(Array(repeating: 1, count: columns)), Elements(Array(repeating: 2, count: columns))
        )
        let (dx, sum) = (
            Elements(Array(repeating: .nan, count: x.count)), Elements(Array(repeating: 3, count: x.count))
        )
        path.kernels.layer_norm_backward(
            dx.floats, dscale.floats, dshift.floats, dy.pointer, x, mean.floats, inverse.floats, scale, Int64(rows),
            Int64(columns), false)
        let scratch = Elements(Array(repeating: 0, count: columns))
        path.kernels.layer_norm_backward(
            sum.floats, scratch.floats, scratch.floats, dy.pointer, x, mean.floats, inverse.floats, scale, Int64(rows),
            Int64(columns), true)

        var (expected, expectedGradient): ([Double], [Double]) = ([], [])
        var expectedScale = [Double](repeating: 1, count: columns)
        var expectedShift = [Double](repeating: 2, count: columns)
        for row in 0..<rows {
            let values = x[row * columns..<(row + 1) * columns].map { Double($0) }
            let upstream = dy.doubles[row * columns..<(row + 1) * columns].map { $0 }
            let count = Double(columns)
            let average = values.reduce(0, +) / count
            let deviation = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / count + 1e-2).squareRoot()
            let normal = values.map { ($0 - average) / deviation }
            let g = upstream.indices.map { upstream[$0] * Double(scale[$0]) }
            let meanG = g.reduce(0, +) / count
            let meanGN = zip(g, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
            for column in 0..<columns {
                expected.append(normal[column] * Double(scale[column]) + Double(shift[column]))
                expectedGradient.append((g[column] - meanG - normal[column] * meanGN) / deviation)
                expectedScale[column] += upstream[column] * normal[column]
                expectedShift[column] += upstream[column]
            }
        }
        path.expect(y, expected, absolute: 2e-6, "output")
        expectClose(dx.values, expectedGradient.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dx")
        expectClose(sum.values, expectedGradient.map { Float(3 + $0) }, absolute: 1e-5, relative: 1e-5, "dx added")
        expectClose(dscale.values, expectedScale.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dscale")
        expectClose(dshift.values, expectedShift.map { Float($0) }, absolute: 1e-5, relative: 1e-5, "dshift")
    }

    // Documented: a constant row gives the shift, whatever the constant.
    @Test(arguments: ElementPath.available) func layerNormOfAConstantRow(path: ElementPath) {
        for constant in [Float(0), 3, -1e4] {
            let y = path.output(9)
            var (mean, inverse) = ([Float(0)], [Float(0)])
            path.kernels.layer_norm(
                y.pointer, &mean, &inverse, [Float](repeating: constant, count: 9), [Float](repeating: 2, count: 9),
                [Float](repeating: 0.5, count: 9), 1, 9, 1e-5)
            #expect(y.values == Array(repeating: 0.5, count: 9))
            #expect(mean == [constant])
        }
    }

    // (1e20)^2 is more than a float32 holds: the row is NaN, not the shift, so that the overflow is seen.
    @Test(arguments: ElementPath.available) func layerNormOfARowWhoseVarianceOverflows(path: ElementPath) {
        let y = path.output(9)
        var (mean, inverse) = ([Float(0)], [Float(0)])
        path.kernels.layer_norm(
            y.pointer, &mean, &inverse, (0..<9).map { $0 % 2 == 0 ? 1e20 : -1e20 }, [Float](repeating: 2, count: 9),
            [Float](repeating: 0.5, count: 9), 1, 9, 1e-5)
        #expect(y.values.allSatisfy { $0.isNaN })
    }

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
                    Int64(visible), Int64(offset), key, 1000, rate)
                if rate == 0 {
                    path.expect(p, expected, "visible \(visible), causal offset \(offset)")
                    continue
                }
                // A dropped weight has its sign set, and only where a row sees something a weight can be dropped.
                expectClose(
                    p.values.map(abs), expected.map { Float($0) }, absolute: 1e-6,
                    relative: path.isBFloat16 ? 0x1p-8 : 1e-5)
                for (index, value) in p.values.enumerated() where value != 0 {
                    #expect((value < 0) == !keeps(1000 + UInt64(index), key: key, rate: rate))
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

    @Test(arguments: ElementPath.available, kernelSizes) func unfoldAndFold(path: ElementPath, channels: Int) {
        for (time, width, stride, padding) in [(5, 3, 1, 1), (6, 3, 2, 1), (4, 2, 2, 0), (1, 3, 1, 1), (7, 5, 3, 2)] {
            let (batch, lengths) = (2, [Int32(time), Int32(time / 2)])
            let outTime = (time + 2 * padding - width) / stride + 1
            let x = path.random(batch * time * channels, seed: 1)
            let windows = path.output(batch * outTime * width * channels)
            path.kernels.unfold(
                windows.pointer, x.pointer, lengths, Int64(batch), Int64(time), Int64(channels), Int64(width),
                Int64(stride), Int64(padding), Int64(outTime))
            let dwindows = path.random(windows.count, seed: 2)
            let dx = path.output(x.count)
            path.kernels.fold(
                dx.pointer, dwindows.pointer, lengths, Int64(batch), Int64(time), Int64(channels), Int64(width),
                Int64(stride), Int64(padding), Int64(outTime))

            var expected: [Float] = []
            var expectedGradient = [Double](repeating: 0, count: x.count)
            let (values, gradients) = (x.values, dwindows.doubles)
            for b in 0..<batch {
                for out in 0..<outTime {
                    for k in 0..<width {
                        for channel in 0..<channels {
                            let t = out * stride - padding + k
                            let place = (b * time + t) * channels + channel
                            let isInside = t >= 0 && t < lengths[b]
                            if isInside { expectedGradient[place] += gradients[expected.count] }
                            expected.append(isInside ? values[place] : 0)
                        }
                    }
                }
            }
            #expect(windows.values == expected)
            // Up to `width` shares are added, each sum rounded to the type.
            expectClose(
                dx.values, expectedGradient.map { Float($0) }, absolute: path.isBFloat16 ? 0.03 : 1e-6, "fold")
        }
    }

    // All paths draw the same mask and agree with each other to rounding.
    @Test func pathsDrawTheSameMask() {
        let results = ElementPath.available.map { path -> [Bool] in
            let (x, y) = (Elements(Array(repeating: 1, count: 999), isBFloat16: path.isBFloat16), path.output(999))
            path.kernels.dropout(y.pointer, x.pointer, 999, key, 7, 0.5)
            return y.values.map { $0 != 0 }
        }
        #expect(Set(results).count == 1)
    }
}
