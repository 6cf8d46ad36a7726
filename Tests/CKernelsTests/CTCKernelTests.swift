import CKernels
import Glibc
import TestSupport
import Testing

@Suite struct CTCKernelTests {
    /// The forward and the backward recursion of Graves et al. 2006, equations 6 to 16, in probabilities of double
    /// precision: the loss, and -posterior of every class at every frame.
    private func reference(_ logProbabilities: [Float], classes: Int, labels: [Int32], blank: Int32) -> (
        Double, [Double]
    ) {
        let time = logProbabilities.count / classes
        let states = [blank] + labels.flatMap { [$0, blank] }
        func emission(_ t: Int, _ s: Int) -> Double { exp(Double(logProbabilities[t * classes + Int(states[s])])) }
        func mayJump(_ s: Int) -> Bool { s >= 2 && states[s] != blank && states[s] != states[s - 2] }
        var alpha = [[Double]](repeating: [Double](repeating: 0, count: states.count), count: time)
        var beta = alpha
        for t in 0..<time {
            for s in states.indices {
                if t == 0 {
                    alpha[0][s] = s <= 1 ? emission(0, s) : 0
                } else {
                    let sum =
                        alpha[t - 1][s] + (s >= 1 ? alpha[t - 1][s - 1] : 0) + (mayJump(s) ? alpha[t - 1][s - 2] : 0)
                    alpha[t][s] = sum * emission(t, s)
                }
            }
        }
        for t in (0..<time).reversed() {
            for s in states.indices {
                if t == time - 1 {
                    beta[t][s] = s >= states.count - 2 ? 1 : 0
                } else {
                    beta[t][s] = beta[t + 1][s] * emission(t + 1, s)
                    if s + 1 < states.count { beta[t][s] += beta[t + 1][s + 1] * emission(t + 1, s + 1) }
                    if s + 2 < states.count && mayJump(s + 2) {
                        beta[t][s] += beta[t + 1][s + 2] * emission(t + 1, s + 2)
                    }
                }
            }
        }
        let total = alpha[time - 1].suffix(2).reduce(0, +)
        var gradient = [Double](repeating: 0, count: logProbabilities.count)
        for t in 0..<time where total > 0 {
            for s in states.indices { gradient[t * classes + Int(states[s])] -= alpha[t][s] * beta[t][s] / total }
        }
        return (-log(total), gradient)
    }

    private func run(
        _ path: KernelPath, _ logProbabilities: [Float], classes: Int, labels: [Int32], blank: Int32, factor: Float,
        gradient: Elements?
    ) -> Double {
        let time = Int64(logProbabilities.count / classes)
        let work = Elements(
            Array(repeating: .nan, count: Int(kernel_ctc_work_size(time, Int64(labels.count)))))
        return path.table.ctc(
            gradient?.floats, logProbabilities, labels, Int64(labels.count), time, Int64(classes), blank, factor,
            work.floats)
    }

    // Numbers of labels around the width of a vector (2 n + 1 states), with a repetition in each.
    @Test(arguments: KernelPath.available, [0, 1, 3, 4, 7, 8, 9, 31, 32, 33, 64, 65]) func equalsTheReference(
        path: KernelPath, labelCount: Int
    ) {
        let classes = 6
        var labels = (0..<Int32(labelCount)).map { 1 + $0 * 7 % 5 }
        if labelCount > 2 { labels[1] = labels[0] }
        let time = max(1, labelCount + labelCount / 2 + 2)
        let values = randomValues(time * classes, seed: UInt64(labelCount), in: -4...0)
        let gradient = Elements(Array(repeating: 2, count: values.count))
        let loss = run(path, values, classes: classes, labels: labels, blank: 0, factor: 0.5, gradient: gradient)
        let (expected, expectedGradient) = reference(values, classes: classes, labels: labels, blank: 0)
        #expect(abs(loss - expected) <= 1e-5 * max(1, abs(expected)))
        expectClose(
            gradient.values, expectedGradient.map { Float(2 + 0.5 * $0) }, absolute: 1e-4, "accumulated gradient")
        #expect(loss == run(path, values, classes: classes, labels: labels, blank: 0, factor: 1, gradient: nil))
    }

    // "1 1" needs a blank between: 3 frames.
    @Test(arguments: KernelPath.available) func impossible(path: KernelPath) {
        for (labels, time, isPossible) in [
            ([1, 1], 2, false), ([1, 1], 3, true), ([1, 2], 1, false), ([1, 2], 2, true),
        ]
            as [([Int32], Int, Bool)]
        {
            let gradient = Elements(Array(repeating: 0, count: time * 3))
            let loss = run(
                path, randomValues(time * 3, seed: 1, in: -3...0), classes: 3, labels: labels, blank: 0, factor: 1,
                gradient: gradient)
            #expect((loss < .infinity) == isPossible)
            #expect(gradient.values.contains { $0 != 0 } == isPossible)
        }
    }

    @Test(arguments: KernelPath.available) func noFrames(path: KernelPath) {
        #expect(run(path, [], classes: 3, labels: [], blank: 0, factor: 1, gradient: nil) == 0)
        #expect(run(path, [], classes: 3, labels: [1], blank: 0, factor: 1, gradient: nil) == .infinity)
    }
}
