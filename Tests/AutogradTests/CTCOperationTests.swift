import Autograd
import Glibc
import Tensors
import TestSupport
import Testing

@Suite struct CTCOperationTests {
    // Two frames, blank 0 and one label 1, all probabilities 1/2. Label "1" is spelt by (1 1), (1 -), (- 1): 3/4.
    // Every one of the 4 paths has probability 1/4, so given the label, frame 1 is "1" in 2 of 3 paths:
    // d(-log p) / d log p(t, 1) = -2/3, d / d log p(t, blank) = -1/3.
    @Test func handComputed() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let half = log(Float(0.5))
        let frames = tape.variable(Tensor([half, half, half, half], shape: [1, 2, 2]), wantsGradient: true)
        let sums = frames.ctcLoss(labels: [[1]], lengths: [2], blank: 0, weight: 3)
        #expect(abs(sums.loss - -log(0.75)) < 1e-6)
        #expect(sums.count == 1 && sums.impossible == 0)
        expectClose(tape.gradient(of: frames)!.values, [-1, -2, -1, -2], absolute: 1e-5, "3 times the gradient")
    }

    // scripts/golden/ctc_loss.py: gradients with respect to the logits of the sum of the finite losses.
    @Test(arguments: try GoldenFixture.load("ctc_loss").cases) func golden(_ golden: GoldenCase) throws {
        let lengths = try golden.tensor("inputLengths").integers
        var rest = try golden.tensor("labels").integers.map(Int32.init)[...]
        let labels = try golden.tensor("labelLengths").integers.map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let blank = Int(try golden.number("blank"))
        let losses = try golden.tensor("losses").values
        let logits = try golden.tensor("logits")

        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(logits.tensor, wantsGradient: true)
        let sums = x.logSoftmax().ctcLoss(labels: labels, lengths: lengths, blank: blank, weight: 1)
        tape.backward()
        let finite = losses.filter(\.isFinite)
        #expect(sums.count == finite.count)
        #expect(sums.impossible == losses.count - finite.count)
        expectClose([Float(sums.loss)], [finite.reduce(0, +)], absolute: 1e-6, relative: 1e-5, "loss")
        // Log probabilities of whole paths are sums over the frames: their rounding errors, in nats, are relative errors
        // of the posteriors. 40 frames of about 15 nats leave 600 * 2^-24 = 4e-5.
        let isLong = golden.name == "long and peaked"
        expectGolden(
            tape.gradient(of: x), try golden.tensor("gradient.logits"), relative: isLong ? 1e-4 : 1e-5,
            "gradient of the logits")

        // One utterance at a time: the same losses.
        let log = Tape().variable(logits.tensor).logSoftmax().value
        for (index, loss) in losses.enumerated() {
            let alone = Tape().variable(log.rows(index..<index + 1)).ctcLoss(
                labels: [labels[index]], lengths: [lengths[index]], blank: blank, weight: 1)
            #expect(alone.impossible == (loss.isFinite ? 0 : 1))
            if loss.isFinite {
                expectClose([Float(alone.loss)], [loss], absolute: 1e-6, relative: 1e-5, "loss \(index)")
            }
        }
    }

    @Test func finiteDifferences() {
        expectLossGradients([.random([2, 6, 4], seed: 1, in: -2...2)], step: 0x1p-5) { _, inputs in
            0.5
                * inputs[0].logSoftmax().ctcLoss(labels: [[1, 1, 3], [2]], lengths: [6, 4], blank: 0, weight: 0.5).loss
        }
    }

    /// -log of the sum over every path of classes that spells `labels`.
    private func exhaustive(_ logProbabilities: [Float], classes: Int, labels: [Int32], blank: Int32) -> Double {
        let time = logProbabilities.count / classes
        var probability = 0.0
        var path = Array(repeating: 0, count: time)
        while true {
            var spelt: [Int32] = []
            for t in 0..<time where path[t] != Int(blank) && (t == 0 || path[t] != path[t - 1]) {
                spelt.append(Int32(path[t]))
            }
            if spelt == labels {
                probability += exp((0..<time).reduce(0.0) { $0 + Double(logProbabilities[$1 * classes + path[$1]]) })
            }
            guard let place = path.lastIndex(where: { $0 < classes - 1 }) else { return -log(probability) }
            path[place] += 1
            for later in path.indices where later > place { path[later] = 0 }
        }
    }

    @Test(
        arguments: [([], 0), ([1], 0), ([1, 1], 0), ([1, 2, 1], 0), ([0, 0], 2), ([2, 1, 1], 0), ([1, 1, 1], 0)]
            as [([Int32], Int32)])
    func equalsTheSumOverAllPaths(labels: [Int32], blank: Int32) {
        for time in 1...5 {
            let frames = Tape().variable(.random([1, time, 3], seed: UInt64(time), in: -3...3)).logSoftmax()
            let sums = frames.ctcLoss(labels: [labels], lengths: [time], blank: Int(blank), weight: 1)
            let expected = exhaustive(frames.value.values, classes: 3, labels: labels, blank: blank)
            #expect(sums.impossible == (expected == .infinity ? 1 : 0))
            if expected < .infinity { #expect(abs(sums.loss - expected) < 1e-5 * max(1, expected)) }
        }
    }

    // What stands behind an utterance's frames has no say, and its gradient there is 0.
    @Test func paddingDoesNotMatter() {
        let frames = randomValues(4 * 3, seed: 1, in: -2...2)
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let padded = tape.variable(Tensor(frames + [5, 6, 7, 8, 9, 10], shape: [1, 6, 3]), wantsGradient: true)
        let alone = tape.variable(Tensor(frames, shape: [1, 4, 3]), wantsGradient: true)
        let inBatch = padded.logSoftmax().ctcLoss(labels: [[1, 2]], lengths: [4], blank: 0, weight: 1)
        #expect(inBatch == alone.logSoftmax().ctcLoss(labels: [[1, 2]], lengths: [4], blank: 0, weight: 1))
        tape.backward()
        #expect(tape.gradient(of: padded)!.values == tape.gradient(of: alone)!.values + Array(repeating: 0, count: 6))
    }

    @Test func noFrames() {
        let frames = Tape().variable(Tensor(zeros: [2, 0, 3]))
        let sums = frames.ctcLoss(labels: [[], [1]], lengths: [0, 0], blank: 0, weight: 1)
        #expect(sums.loss == 0 && sums.count == 1 && sums.impossible == 1)
    }

    // Certain frames: probability 1 for one class, 0 (log: -infinity) for the others.
    @Test(
        arguments: [([1, 0, 2], [1, 2], true), ([1, 2, 0], [1, 2], true), ([1, 1, 2], [2, 1], false)]
            as [([Int], [Int32], Bool)])
    func certainFrames(classes: [Int], labels: [Int32], isPossible: Bool) {
        let frames = classes.flatMap { certain in (0..<3).map { $0 == certain ? 0 : -Float.infinity } }
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let variable = tape.variable(Tensor(frames, shape: [1, 3, 3]), wantsGradient: true)
        let sums = variable.ctcLoss(labels: [labels], lengths: [3], blank: 0, weight: 1)
        #expect(sums.loss == 0)
        #expect(sums.impossible == (isPossible ? 0 : 1))
        // Certain of the right path: each frame's own class has the posterior 1.
        let expected = classes.flatMap { certain in (0..<3).map { Float(isPossible && $0 == certain ? -1 : 0) } }
        #expect(tape.gradient(of: variable)!.values == expected)
    }

    // A network that has gone wrong must show as NaN, not as an utterance that is too short.
    @Test(arguments: 0..<4) func aNaNShows(frame: Int) {
        var frames = randomValues(4 * 3, seed: 1, in: -3 ... -1)
        for index in 0..<3 { frames[frame * 3 + index] = .nan }
        let sums = Tape().variable(Tensor(frames, shape: [1, 4, 3])).ctcLoss(
            labels: [[1, 2]], lengths: [4], blank: 0, weight: 1)
        #expect(sums.loss.isNaN)
        #expect(sums.impossible == 0)
    }
}

@Suite struct LogSoftmaxTests {
    // [0 ln 3]: p = [1/4 3/4]. With dy = [1 0]: dx = dy - p sum(dy) = [3/4 -3/4].
    @Test func handComputed() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([0, log(Float(3))], shape: [1, 2]), wantsGradient: true)
        let y = x.logSoftmax()
        tape.backward(from: y, gradient: Tensor([1, 0], shape: [1, 2]))
        expectClose(y.value.values, [log(Float(0.25)), log(Float(0.75))], absolute: 1e-6)
        expectClose(tape.gradient(of: x)!.values, [0.75, -0.75], absolute: 1e-6)
    }

    // scripts/golden/activations.py
    @Test(arguments: try GoldenFixture.load("log_softmax").cases) func golden(_ golden: GoldenCase) throws {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let y = x.logSoftmax()
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient")
    }

    @Test func finiteDifferences() {
        expectGradients([.random([2, 3, 7], seed: 1, in: -2...2)]) { _, inputs in inputs[0].logSoftmax() }
    }

    @Test(arguments: [1, 7, 8, 9, 64, 65]) func rowsSumToOne(columns: Int) {
        let y = Tape().variable(.random([3, columns], seed: 1, in: -20...20)).logSoftmax().value
        for row in 0..<3 {
            let sum = y.rows(row..<row + 1).values.reduce(0.0) { $0 + exp(Double($1)) }
            #expect(abs(sum - 1) < 1e-5)
        }
    }
}
