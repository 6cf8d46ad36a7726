import Autograd
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct DropoutOperationTests {
    private let key = RandomKey(seed: 1)
    private func ones(_ shape: [Int]) -> Tensor { Tensor(Array(repeating: 1, count: shape.reduce(1, *)), shape: shape) }

    // An element is 0, or x / (1 - rate): 1 / (1 - 0.2) = 1.25.
    @Test func keepsOrDrops() {
        let y = Tape(dropoutKey: key).variable(ones([1000])).dropout(rate: 0.2).value.values
        #expect(Set(y) == [0, 1.25])
    }

    // The number kept of n is binomial: rate (1 - rate) n = variance; five deviations of 100 000 are at most 0.8 %.
    @Test(arguments: [Float(0.1), 0.3, 0.5, 0.9]) func keepsTheExpectation(rate: Float) {
        let count = 100_000
        let y = Tape(dropoutKey: key).variable(ones([count])).dropout(rate: rate).value.values
        let kept = Float(y.count { $0 != 0 }) / Float(count)
        let deviation = (rate * (1 - rate) / Float(count)).squareRoot()
        #expect(abs(kept - (1 - rate)) < 5 * deviation)
        #expect(abs(y.reduce(0, +) / Float(count) - 1) < 5 * deviation / (1 - rate))
    }

    // Neighbours are independent: both kept in (1 - rate)^2 of the pairs, at any distance.
    @Test(arguments: [1, 2, 7, 8, 64, 256]) func neighboursAreIndependent(distance: Int) {
        let count = 100_000
        let y = Tape(dropoutKey: key).variable(ones([count])).dropout(rate: 0.5).value.values
        let both = (0..<count - distance).count { y[$0] != 0 && y[$0 + distance] != 0 }
        // Deviation of a mean of indicators of probability 1/4, with the pairs' overlap: below 0.002.
        #expect(abs(Float(both) / Float(count - distance) - 0.25) < 0.01)
    }

    @Test func backwardUsesTheSameMask() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()), dropoutKey: key)
        let x = tape.variable(ones([257]), wantsGradient: true)
        let y = x.dropout(rate: 0.4)
        tape.backward(from: y, gradient: ones([257]))
        #expect(tape.gradient(of: x)?.values == y.value.values)
    }

    @Test func theSameKeyGivesTheSameBits() {
        func draw(_ key: RandomKey) -> [[Float]] {
            let tape = Tape(dropoutKey: key)
            let x = tape.variable(ones([100]))
            return [x.dropout(rate: 0.5).value.values, x.dropout(rate: 0.5).value.values]
        }
        let first = draw(key)
        #expect(first == draw(key))
        #expect(first[0] != first[1], "the second dropout of a tape has a mask of its own")
        #expect(first != draw(RandomKey(seed: 2)))
    }

    @Test func nothingHappensWithoutAKeyOrARate() {
        let x = Tensor.random([10], seed: 1)
        #expect(Tape().variable(x).dropout(rate: 0.5).value.values == x.values)
        #expect(Tape(dropoutKey: key).variable(x).dropout(rate: 0).value.values == x.values)
        #expect(Tape().variable(x).adding(Tape().variable(x), dropoutRate: 0.5).value.values == x.values.map { 2 * $0 })
    }

    @Test func finiteDifferences() {
        expectGradients([.random([2, 9], seed: 1)], dropoutKey: key) { _, inputs in inputs[0].dropout(rate: 0.3) }
    }
}

@Suite struct ResidualAdditionTests {
    private let key = RandomKey(seed: 1)

    // 1 + 0.5 * 4 = 3; the gradient 10 goes to the stream as it is and to the branch times 0.5.
    @Test func handComputed() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let stream = tape.variable(Tensor([1], shape: [1]), wantsGradient: true)
        let branch = tape.variable(Tensor([4], shape: [1]), wantsGradient: true)
        let sum = stream.adding(branch, scale: 0.5)
        tape.backward(from: sum, gradient: Tensor([10], shape: [1]))
        #expect(sum.value.values == [3])
        #expect(tape.gradient(of: stream)?.values == [10])
        #expect(tape.gradient(of: branch)?.values == [5])
    }

    // x + x: both gradients reach the same variable.
    @Test func addingItselfDoubles() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([3, 4], shape: [2]), wantsGradient: true)
        let sum = x.adding(x)
        tape.backward(from: sum, gradient: Tensor([1, 10], shape: [2]))
        #expect(sum.value.values == [6, 8])
        #expect(tape.gradient(of: x)?.values == [2, 20])
    }

    @Test(arguments: [Float(0), 0.4]) func finiteDifferences(rate: Float) {
        expectGradients([.random([2, 9], seed: 1), .random([2, 9], seed: 2)], dropoutKey: key) { _, inputs in
            inputs[0].adding(inputs[1], scale: 0.7, dropoutRate: rate)
        }
    }

    // stream + dropout(branch) is what dropout alone gives, added.
    @Test func dropsTheBranchOnly() {
        let (stream, branch) = (Tensor.random([65], seed: 1), Tensor.random([65], seed: 2))
        let tape = Tape(dropoutKey: key)
        let sum = tape.variable(stream).adding(tape.variable(branch), dropoutRate: 0.5).value.values
        let dropped = Tape(dropoutKey: key).variable(branch).dropout(rate: 0.5).value.values
        #expect(dropped.contains(0))
        expectClose(sum, zip(stream.values, dropped).map { $0 + $1 }, absolute: 1e-6)
    }

    // 2 x + positions, the same positions for both sequences.
    @Test func positions() {
        let tape = Tape(gradients: ParameterGradients(for: ParameterStore()))
        let x = tape.variable(Tensor([1, 2, 3, 4], shape: [2, 2, 1]), wantsGradient: true)
        let sum = x.addingPositions(PositionTerm(Tensor([10, 20], shape: [2, 1])), scale: 2)
        tape.backward(from: sum, gradient: Tensor([1, 2, 3, 4], shape: [2, 2, 1]))
        #expect(sum.value.values == [12, 24, 16, 28])
        #expect(tape.gradient(of: x)?.values == [2, 4, 6, 8])
    }

    @Test func positionsFiniteDifferences() {
        let positions = PositionTerm(Tensor.random([3, 4], seed: 2))
        expectGradients([.random([2, 3, 4], seed: 1)]) { _, inputs in inputs[0].addingPositions(positions, scale: 3) }
    }
}
