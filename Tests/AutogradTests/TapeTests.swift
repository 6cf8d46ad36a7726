import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct TapeTests {
    private func gradients() -> ParameterGradients { ParameterGradients(for: ParameterStore()) }

    // y = x + x, z = y + x: dz/dx = 3; every use of a variable adds to its gradient.
    @Test func gradientsOfAllUsesAdd() {
        let tape = Tape(gradients: gradients())
        let x = tape.variable(Tensor([5], shape: [1]), wantsGradient: true)
        let y = x.adding(x)
        let z = y.adding(x)
        tape.backward(from: z, gradient: Tensor([10], shape: [1]))
        #expect(z.value.values == [15])
        #expect(tape.gradient(of: x)?.values == [30])
    }

    // An upstream gradient belongs to the caller: adding to it must not change the caller's numbers.
    @Test func aGradientHandedOverIsNotWrittenTo() {
        let tape = Tape(gradients: gradients())
        let x = tape.variable(Tensor([5, 6], shape: [2]), wantsGradient: true)
        let upstream = Tensor([1, 2], shape: [2])
        tape.accumulate(x, upstream)
        tape.accumulate(x, upstream)
        tape.accumulate(x, upstream)
        #expect(tape.gradient(of: x)?.values == [3, 6])
        #expect(upstream.values == [1, 2])
    }

    // Otherwise the sum grows in place, without a copy for each use.
    @Test func gradientsAreAddedInPlace() {
        let tape = Tape(gradients: gradients())
        let x = tape.variable(Tensor([5, 6], shape: [2]), wantsGradient: true)
        var places: Set<UnsafeMutableRawPointer> = []
        for _ in 0..<3 {
            tape.accumulate(x, Tensor([1, 2], shape: [2]))
            places.insert(tape.gradient(of: x)!.pointer)
        }
        #expect(tape.gradient(of: x)?.values == [3, 6])
        #expect(places.count == 1)
    }

    // x -> a -> (b, c) -> d: the gradient of a is complete before a's own step runs.
    @Test func aDiamond() {
        expectGradients([.random([3], seed: 1)]) { _, inputs in
            let a = inputs[0].gelu()
            let (b, c) = (a.gelu(), a.adding(a, scale: 0.3))
            return b.adding(c).adding(a, scale: -2)
        }
    }

    @Test func unusedOutputsAreSkipped() {
        let tape = Tape(gradients: gradients())
        let x = tape.variable(Tensor([5], shape: [1]), wantsGradient: true)
        let y = x.adding(x)
        _ = y.gelu()
        tape.backward(from: y, gradient: Tensor([1], shape: [1]))
        #expect(tape.gradient(of: x)?.values == [2])
    }

    @Test func variablesThatWantNoGradientHaveNone() {
        let tape = Tape(gradients: gradients())
        let (x, constant) = (
            tape.variable(Tensor([5], shape: [1]), wantsGradient: true), tape.variable(Tensor([1], shape: [1]))
        )
        let unused = tape.variable(Tensor([1], shape: [1]), wantsGradient: true)
        let y = x.adding(constant)
        tape.backward(from: y, gradient: Tensor([1], shape: [1]))
        #expect(tape.gradient(of: x)?.values == [1])
        #expect(tape.gradient(of: constant) == nil)
        #expect(tape.gradient(of: unused) == nil)
    }

    // y = w layerNorm(x) with a frozen layer norm: its backward pass, which would add to scale and shift, is left out.
    @Test func nothingIsRecordedBelowTheFirstParameterThatLearns() {
        let (store, parameters) = ParameterStore.of([
            ("norm.scale", Tensor([3, 4], shape: [2])), ("norm.shift", Tensor([0, 0], shape: [2])),
            ("weight", Tensor([5, 6], shape: [1, 2])),
        ])
        let gradients = ParameterGradients(for: store) { $0.name.hasPrefix("norm.") }
        let tape = Tape(gradients: gradients)
        let normalized = tape.variable(Tensor([1, 2], shape: [1, 2])).layerNorm(
            scale: parameters[0], shift: parameters[1])
        tape.backward(from: normalized.linear(parameters[2], bias: nil), gradient: Tensor([7], shape: [1, 1]))
        #expect(gradients.gradient(of: parameters[2]).values == normalized.value.values.map { 7 * $0 })
        #expect(gradients.gradient(of: parameters[0]).values == [0, 0])
        #expect(gradients.gradient(of: parameters[1]).values == [0, 0])
    }

    // y = w x with w frozen: x still gets its gradient.
    @Test func gradientsPassThroughFrozenParameters() {
        let (store, weights) = ParameterStore.of([("frozen", Tensor([3], shape: [1, 1]))])
        let gradients = ParameterGradients(for: store) { _ in true }
        let tape = Tape(gradients: gradients)
        let x = tape.variable(Tensor([2], shape: [1, 1]), wantsGradient: true)
        tape.backward(from: x.linear(weights[0], bias: nil), gradient: Tensor([7], shape: [1, 1]))
        #expect(tape.gradient(of: x)?.values == [21])
        #expect(gradients.gradient(of: weights[0]).values == [0])
    }

    @Test func withoutGradientsNothingIsRecorded() {
        let tape = Tape()
        let x = tape.variable(Tensor([5], shape: [1]), wantsGradient: true)
        let y = x.adding(x)
        tape.backward(from: y, gradient: Tensor([1], shape: [1]))
        #expect(y.value.values == [10])
        #expect(tape.gradient(of: x) == nil)
    }

    // After a backward pass the same tape can take the next forward pass.
    @Test func isEmptyAfterwards() {
        let tape = Tape(gradients: gradients())
        for _ in 0..<2 {
            let x = tape.variable(Tensor([5], shape: [1]), wantsGradient: true)
            tape.backward(from: x.adding(x), gradient: Tensor([1], shape: [1]))
            #expect(tape.gradient(of: x)?.values == [2])
        }
    }

    // z = (x W + b) W + c, and a parameter that nothing uses: each is reported when its gradient is what it is in the end, those of the last
    // operation first, and what is frozen never.
    @Test func parametersAreReportedWhenTheirGradientsAreComplete() throws {
        let store = ParameterStore()
        let weight = store.declare("weight", shape: [2, 2], .zeros)
        let first = store.declare("first", shape: [2], .zeros)
        let last = store.declare("last", shape: [2], .zeros)
        let frozen = store.declare("frozen", shape: [2], .zeros)
        let unused = store.declare("unused", shape: [3], .zeros)
        store.initialize(seed: 1)
        weight.value.floats.update(from: [1, 2, 3, 4], count: 4)
        func run(_ finished: (Parameter, ParameterGradients) -> Void) -> ParameterGradients {
            let gradients = ParameterGradients(for: store) { $0.name == "frozen" }
            let tape = Tape(gradients: gradients)
            let x = tape.variable(Tensor([1, -2], shape: [1, 2]))
            let y = x.linear(weight, bias: first).linear(weight, bias: last).linear(weight, bias: frozen)
            tape.accumulate(y, Tensor([1, 10], shape: [1, 2]))
            tape.backward { finished($0, gradients) }
            return gradients
        }
        var reported: [(name: String, values: [Float])] = []
        let gradients = run { parameter, gradients in
            reported.append((parameter.name, gradients.gradient(of: parameter).values))
        }
        #expect(reported.map(\.name) == ["unused", "last", "weight", "first"])
        for parameter in [weight, first, last, unused] {
            let values = reported.first { $0.name == parameter.name }?.values
            #expect(values == gradients.gradient(of: parameter).values, "\(parameter.name)")
        }
        #expect(reported.first { $0.name == "unused" }?.values == [0, 0, 0])
    }
}
