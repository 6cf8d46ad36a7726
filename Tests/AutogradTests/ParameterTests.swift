import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct ParameterTests {
    private func store() -> (ParameterStore, [Parameter]) {
        let store = ParameterStore()
        let parameters = [
            store.declare("a", shape: [3, 5], .glorotUniform(inputCount: 5, outputCount: 3)),
            store.declare("b", shape: [17], .ones, hasWeightDecay: false),
            store.declare("c", shape: [100, 100], .normal(standardDeviation: 0.5)),
            store.declare("d", shape: [2], .zeros, hasWeightDecay: false),
        ]
        return (store, parameters)
    }

    // 15 elements take 16, 17 take 32, 10 000 take 10 000 (a multiple of 16), 2 take 16.
    @Test func liesInFlatMemory() {
        let (store, parameters) = store()
        #expect(parameters.map(\.offset) == [0, 16, 48, 10_048])
        #expect(store.flatCount == 10_064)
        #expect(store.parameterCount == 15 + 17 + 10_000 + 2)
        store.initialize(seed: 1)
        #expect(store.values.shape == [10_064])
        #expect(store.values.values[15] == 0, "padding")
        #expect(Array(store.values.values[16..<33]) == Array(repeating: 1, count: 17))
        #expect(parameters[0].value.values == Array(store.values.values.prefix(15)))
        #expect(parameters.map(\.hasWeightDecay) == [true, false, true, false])
    }

    @Test func initialValues() {
        let (store, parameters) = store()
        store.initialize(seed: 1)
        // sqrt(6 / (5 + 3)) = 0.866
        #expect(parameters[0].value.values.allSatisfy { abs($0) <= 0.8661 })
        #expect(parameters[3].value.values == [0, 0])
        // The mean of 10 000 has deviation 0.5 / 100, their variance (0.25) about 0.25 sqrt(2 / 10 000).
        let normal = parameters[2].value.values
        let mean = normal.reduce(0, +) / 10_000
        let variance = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
        #expect(abs(mean) < 0.025)
        #expect(abs(variance - 0.25) < 0.0175)
    }

    // They depend on the seed and the name alone, not on what else a model has.
    @Test func theSameSeedGivesTheSameBits() {
        let (first, parameters) = store()
        let second = ParameterStore()
        let alone = second.declare("c", shape: [100, 100], .normal(standardDeviation: 0.5))
        first.initialize(seed: 7)
        second.initialize(seed: 7)
        #expect(alone.value.values == parameters[2].value.values)
        second.initialize(seed: 8)
        #expect(alone.value.values != parameters[2].value.values)
    }

    // 1 + 2^-8 lies between the bfloat16 numbers 1 and 1 + 2^-7: the even one is 1.
    @Test func bfloat16Copies() {
        let (store, parameters) = ParameterStore.of([("x", Tensor([1 + 0x1p-8, 3], shape: [2]))])
        store.updateBFloat16Values()
        #expect(parameters[0].value(as: .bfloat16).values == [1, 3])
        #expect(parameters[0].value(as: .float32).values == [1 + 0x1p-8, 3])
        store.set("x", [5, 6])
        store.updateBFloat16Values()
        #expect(parameters[0].value(as: .bfloat16).values == [5, 6])
    }

    // Values that are used from where they lie: as they are where the type fits, otherwise converted once; copied into flat
    // memory when somebody asks for that.
    @Test func valuesFromElsewhere() {
        let (store, parameters) = ParameterStore.of([
            ("x", Tensor([0], shape: [1])), ("y", Tensor([0, 0], shape: [2])),
        ])
        let (x, y) = (Tensor([3], shape: [1]), Tensor([1, -2], shape: [2]).converted(to: .bfloat16))
        store.use([WeightStorage(x), WeightStorage(y)])
        #expect(parameters[0].value.storage === x.storage)
        #expect(parameters[1].value(as: .bfloat16).storage === y.storage)
        #expect(parameters[0].value(as: .bfloat16).values == [3])
        let converted = parameters[1].value
        #expect(converted.values == [1, -2])
        #expect(parameters[1].value.storage === converted.storage, "converted once")
        store.updateBFloat16Values()
        #expect(parameters[1].value(as: .bfloat16).storage === y.storage, "nothing to round")
        // x at 0, y at 16: parameters begin at multiples of 16.
        let flat = store.values
        #expect(flat.count == 32 && flat.values[0] == 3 && flat.values[16] == 1 && flat.values[17] == -2)
        flat.floats[0] = 5
        #expect(parameters[0].value.values == [5], "the flat memory has the values now")
    }

    // Whoever reads the rounded values while others prepare them anew has one or the other, and all of it.
    @Test func preparedFromSeveralThreads() {
        let count = 1_000
        let (store, parameters) = ParameterStore.of([
            ("x", Tensor((0..<count).map { Float($0 % 100) }, shape: [count]))
        ])
        store.prepareBFloat16Values()
        let expected = parameters[0].value.values
        let results = WorkerPool(threadCount: 4).map(itemCount: 200) { item -> Bool in
            if item % 2 == 0 { store.prepareBFloat16Values() }
            return parameters[0].value(as: .bfloat16).values == expected
        }
        #expect(results == Array(repeating: true, count: 200))
    }

    // What stands in the memory from before a reset counts as zero.
    @Test func theFirstGradientOverwrites() {
        let (store, parameters) = ParameterStore.of([("weight", Tensor([3], shape: [1, 1]))])
        let gradients = ParameterGradients(for: store)
        for upstream: Float in [5, 7] {
            gradients.reset()
            let tape = Tape(gradients: gradients)
            let y = tape.variable(Tensor([2], shape: [1, 1])).linear(parameters[0], bias: nil)
            tape.backward(from: y, gradient: Tensor([upstream], shape: [1, 1]))
            #expect(gradients.values.values[0] == 2 * upstream)
        }
    }

    @Test func gradientsReset() {
        let (store, parameters) = store()
        let gradients = ParameterGradients(for: store)
        gradients.gradient(of: parameters[3]).floats[1] = 5
        #expect(gradients.values.values[10_049] == 5)
        gradients.reset()
        #expect(gradients.values.values.allSatisfy { $0 == 0 })
    }
}
