import Autograd
import Glibc
import Tensors
import TestSupport
import Testing

@Suite struct CrossEntropyOperationTests {
    // Logits [0 ln 3]: p = [1/4 3/4]. Target 1: -ln(3/4); gradient p - [0 1] = [1/4 -1/4].
    // Smoothing 0.2 spreads 0.1 on each class: 0.9 * -ln(3/4) + 0.1 * -ln(1/4); gradient p - [0.1 0.9] = [0.15 -0.15].
    @Test(arguments: [
        (Float(0), -0.75.logarithm, Float(0.25)), (0.2, -0.9 * 0.75.logarithm - 0.1 * 0.25.logarithm, 0.15),
    ])
    func handComputed(smoothing: Float, expected: Double, gradient: Float) {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let logits = tape.variable(Tensor([0, log(Float(3)), 9, 9], shape: [2, 2]), wantsGradient: true)
        let sums = logits.crossEntropy(targets: [1, -1], smoothing: smoothing, weight: 2)
        #expect(abs(sums.loss - expected) < 1e-6)
        #expect(sums.count == 1 && sums.correct == 1 && sums.impossible == 0)
        // The gradient is that of weight * loss; a row without a target has none.
        expectClose(tape.gradient(of: logits)!.values, [2 * gradient, -2 * gradient, 0, 0], absolute: 1e-6)
    }

    // scripts/golden/cross_entropy.py: label 0 is padding there.
    @Test(arguments: try GoldenFixture.load("cross_entropy").cases) func golden(_ golden: GoldenCase) throws {
        let targets = try golden.tensor("labels").integers.map { Int32($0 == 0 ? -1 : $0) }
        let count = targets.count { $0 >= 0 }
        let weight: Float = try golden.word("reduction") == "mean" ? 1 / Float(count) : 1
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let logits = tape.variable(try golden.tensor("logits").tensor, wantsGradient: true)
        let sums = logits.crossEntropy(
            targets: targets, smoothing: Float(try golden.number("smoothing")), weight: weight)
        #expect(sums.count == count)
        expectClose([Float(sums.loss) * weight], try golden.tensor("loss").values, relative: 1e-5, "loss")
        expectGolden(tape.gradient(of: logits), try golden.tensor("gradient.logits"), "gradient of the logits")
    }

    @Test(arguments: [Float(0), 0.1]) func finiteDifferences(smoothing: Float) {
        expectLossGradients([.random([2, 3, 9], seed: 1, in: -2...2)]) { _, inputs in
            0.5 * inputs[0].crossEntropy(targets: [3, 0, -1, 8, 2, 2], smoothing: smoothing, weight: 0.5).loss
        }
    }

    // exp of the largest would overflow, of the smallest underflow: only differences of logits may be exponentiated.
    @Test func largeLogits() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let logits = tape.variable(Tensor([1000, 0, -1000, 0, 1000, -1000], shape: [2, 3]), wantsGradient: true)
        let sums = logits.crossEntropy(targets: [0, 0], smoothing: 0, weight: 1)
        #expect(sums.loss == 1000)
        #expect(sums.correct == 1)
        #expect(tape.gradient(of: logits)!.values == [0, 0, 0, -1, 1, 0])
    }

    // A class that cannot be (logit -infinity) has probability 0 and takes no part where nothing is smoothed.
    @Test func classesThatAreRuledOut() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let logits = tape.variable(Tensor([0, -.infinity, 0], shape: [1, 3]), wantsGradient: true)
        let sums = logits.crossEntropy(targets: [0], smoothing: 0, weight: 1)
        #expect(abs(sums.loss - 0.693147) < 1e-5, "ln 2")
        expectClose(tape.gradient(of: logits)!.values, [-0.5, 0, 0.5], absolute: 1e-6)
    }

    @Test func aNaNShows() {
        let logits = Tape().variable(Tensor([0, .nan, 0], shape: [1, 3]))
        #expect(logits.crossEntropy(targets: [0], smoothing: 0.1, weight: 1).loss.isNaN)
    }

    @Test func sumsAdd() {
        var sums = LossSums()
        var other = LossSums()
        (other.loss, other.count, other.correct, other.impossible) = (1.5, 2, 3, 4)
        sums += other
        sums += other
        (other.loss, other.count, other.correct, other.impossible) = (3, 4, 6, 8)
        #expect(sums == other)
    }
}

extension Double {
    fileprivate var logarithm: Double { log(self) }
}
