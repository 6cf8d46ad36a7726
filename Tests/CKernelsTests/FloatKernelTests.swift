import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct FloatKernelTests {
    @Test(arguments: KernelPath.available, kernelSizes) func addScaled(path: KernelPath, count: Int) {
        let (x, start) = (randomValues(count, seed: 1), randomValues(count, seed: 2))
        let y = Elements(start)
        path.table.add_scaled(y.floats, x, Int64(count), 0.7)
        expectClose(y.values, zip(start, x).map { $0 + 0.7 * $1 }, absolute: 1e-6)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func moveTowards(path: KernelPath, count: Int) {
        let (x, start) = (randomValues(count, seed: 1), randomValues(count, seed: 2))
        let y = Elements(start)
        path.table.move_towards(y.floats, x, Int64(count), 0.25)
        expectClose(y.values, zip(start, x).map { 0.75 * $0 + 0.25 * $1 }, absolute: 1e-6)
        let same = Elements(x)
        path.table.move_towards(same.floats, x, Int64(count), 0.1)
        #expect(same.values == x)
    }

    @Test(arguments: KernelPath.available, kernelSizes + [0, 4095, 4096, 4097, 9000]) func sumOfSquares(
        path: KernelPath, count: Int
    ) {
        let x = randomValues(count, seed: 1)
        let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        let sum = path.table.sum_of_squares(x, Int64(count))
        #expect(abs(sum - expected) <= 1e-5 * expected)
    }

    // The same bits each time: a norm for clipping must not depend on who asks.
    @Test(arguments: KernelPath.available) func sumOfSquaresAtTheEnds(path: KernelPath) {
        #expect(path.table.sum_of_squares([3, 4], 2) == 25)
        #expect(path.table.sum_of_squares([3, .nan, 4], 3).isNaN)
        #expect(path.table.sum_of_squares([3, .infinity], 2) == .infinity)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func embedding(path: KernelPath, columns: Int) {
        let table = randomValues(5 * columns, seed: 1)
        let positions = randomValues(2 * columns, seed: 2)
        let tokens: [Int32] = [4, 0, 2, 4]
        for usesPositions in [true, false] {
            let out = Elements(Array(repeating: .nan, count: 4 * columns))
            positions.withUnsafeBufferPointer {
                path.table.embedding(
                    out.floats, table, usesPositions ? $0.baseAddress : nil, tokens, 4, 2, Int64(columns), 3)
            }
            var expected: [Float] = []
            for row in 0..<4 {
                for column in 0..<columns {
                    let position = usesPositions ? positions[row % 2 * columns + column] : 0
                    expected.append(3 * table[Int(tokens[row]) * columns + column] + position)
                }
            }
            expectClose(out.values, expected, absolute: 1e-6)
        }
    }

    @Test(arguments: KernelPath.available, kernelSizes) func embeddingBackward(path: KernelPath, columns: Int) {
        let dout = randomValues(4 * columns, seed: 1)
        let start = randomValues(5 * columns, seed: 2)
        let tokens: [Int32] = [4, 0, 2, 4]
        let dtable = Elements(start)
        path.table.embedding_backward(dtable.floats, dout, tokens, 4, Int64(columns), 3)
        var expected = start
        for row in 0..<4 {
            for column in 0..<columns {
                expected[Int(tokens[row]) * columns + column] += 3 * dout[row * columns + column]
            }
        }
        expectClose(dtable.values, expected, absolute: 2e-6)
    }

    @Test(arguments: KernelPath.available, kernelSizes) func logSoftmax(path: KernelPath, columns: Int) {
        let x = randomValues(3 * columns, seed: 1, in: -9...9)
        let dy = randomValues(3 * columns, seed: 2)
        let (y, dx) = (
            Elements(Array(repeating: .nan, count: 3 * columns)), Elements(Array(repeating: .nan, count: 3 * columns))
        )
        path.table.log_softmax(y.floats, x, 3, Int64(columns))
        path.table.log_softmax_backward(dx.floats, dy, y.floats, 3, Int64(columns))
        var (expected, expectedGradient): ([Double], [Double]) = ([], [])
        for row in 0..<3 {
            let range = row * columns..<(row + 1) * columns
            let normalizer = log(x[range].reduce(0.0) { $0 + exp(Double($1)) })
            let sum = dy[range].reduce(0.0) { $0 + Double($1) }
            expected += range.map { Double(x[$0]) - normalizer }
            expectedGradient += range.map { Double(dy[$0]) - exp(Double(x[$0]) - normalizer) * sum }
        }
        expectClose(y.values, expected.map { Float($0) }, absolute: 1e-6, relative: 1e-6)
        expectClose(dx.values, expectedGradient.map { Float($0) }, absolute: 2e-6, relative: 1e-5)
    }

    // The maximum is subtracted before anything is added to it: logits of 1e6 lose no digit of their differences.
    @Test(arguments: KernelPath.available) func logSoftmaxOfLargeNumbers(path: KernelPath) {
        var y = [Float](repeating: 0, count: 4)
        path.table.log_softmax(&y, [1e6, 1e6 - 1, -1e6, -.infinity], 1, 4)
        let normalizer = log(1 + exp(Float(-1)))
        expectClose(y, [-normalizer, -1 - normalizer, -2e6, -.infinity], relative: 1e-6)
    }

    @Test(arguments: KernelPath.available) func logSoftmaxOfNaN(path: KernelPath) {
        var y = [Float](repeating: 0, count: 4)
        path.table.log_softmax(&y, [1, .nan, 3, 5], 2, 2)
        #expect(y[0].isNaN && y[1].isNaN)
        #expect(!y[2].isNaN && !y[3].isNaN, "another row")
    }

    @Test(arguments: KernelPath.available, kernelSizes) func crossEntropy(path: KernelPath, classes: Int) {
        let logits = randomValues(4 * classes, seed: 1, in: -5...5)
        let targets: [Int32] = [0, -1, Int32(classes - 1), Int32(classes / 2)]
        for smoothing in [Float(0), 0.2] {
            let gradient = Elements(Array(repeating: .nan, count: logits.count))
            var correct: Int64 = 10
            let loss = path.table.cross_entropy(
                gradient.floats, logits, targets, 4, Int64(classes), smoothing, 0.5, &correct)
            var (expected, expectedCorrect) = (0.0, Int64(10))
            var expectedGradient: [Double] = []
            for (row, target) in targets.enumerated() {
                let x = logits[row * classes..<(row + 1) * classes].map { Double($0) }
                if target < 0 {
                    expectedGradient += x.map { _ in 0 }
                    continue
                }
                let normalizer = log(x.reduce(0) { $0 + exp($1) })
                for (index, value) in x.enumerated() {
                    let share = Double(smoothing) / Double(classes) + (index == Int(target) ? 1 - Double(smoothing) : 0)
                    expected -= share * (value - normalizer)
                    expectedGradient.append(0.5 * (exp(value - normalizer) - share))
                }
                if x.max() == x[Int(target)] { expectedCorrect += 1 }
            }
            #expect(abs(loss - expected) < 1e-5 * max(1, expected))
            #expect(correct == expectedCorrect)
            expectClose(gradient.values, expectedGradient.map { Float($0) }, absolute: 1e-6)
            var again: Int64 = 0
            #expect(path.table.cross_entropy(nil, logits, targets, 4, Int64(classes), smoothing, 0.5, &again) == loss)
        }
    }

    // One step of algorithm 2 of Loshchilov and Hutter 2019, in double.
    @Test(arguments: KernelPath.available, kernelSizes) func adamW(path: KernelPath, count: Int) {
        let start = [
            randomValues(count, seed: 1), randomValues(count, seed: 3), randomValues(count, seed: 4, in: 0...1),
        ]
        let gradients = randomValues(count, seed: 2)
        let (parameters, first, second) = (Elements(start[0]), Elements(start[1]), Elements(start[2]))
        let (rate, beta1, beta2, epsilon, decay): (Float, Float, Float, Float, Float) = (0.01, 0.9, 0.99, 1e-6, 0.1)
        let (correction1, correction2) = (1 - pow(beta1, 3), 1 - pow(beta2, 3))
        path.table.adamw(
            parameters.floats, gradients, first.floats, second.floats, Int64(count), 0.5, rate, beta1, beta2, epsilon,
            decay, correction1, correction2)
        var expected: [[Double]] = [[], [], []]
        for index in 0..<count {
            let gradient = 0.5 * Double(gradients[index])
            let m = Double(beta1) * Double(start[1][index]) + (1 - Double(beta1)) * gradient
            let v = Double(beta2) * Double(start[2][index]) + (1 - Double(beta2)) * gradient * gradient
            let step = m / Double(correction1) / ((v / Double(correction2)).squareRoot() + Double(epsilon))
            let parameter = Double(start[0][index])
            expected[0].append(parameter - Double(rate) * (step + Double(decay) * parameter))
            expected[1].append(m)
            expected[2].append(v)
        }
        expectClose(parameters.values, expected[0].map { Float($0) }, absolute: 1e-6, relative: 1e-5, "parameters")
        expectClose(first.values, expected[1].map { Float($0) }, absolute: 1e-6, relative: 1e-5, "first moment")
        expectClose(second.values, expected[2].map { Float($0) }, absolute: 1e-6, relative: 1e-5, "second moment")
    }
}
