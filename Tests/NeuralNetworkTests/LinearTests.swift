import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct LinearTests {
    @Test func parameters() {
        let store = ParameterStore()
        let layer = Linear(store, "layer", inputCount: 3, outputCount: 5)
        _ = Linear(store, "other", inputCount: 3, outputCount: 5, hasBias: false)
        #expect(store.parameters.map(\.name) == ["layer.weight", "layer.bias", "other.weight"])
        #expect(store.parameters.map(\.shape) == [[5, 3], [5], [5, 3]])
        #expect(store.parameters.map(\.hasWeightDecay) == [true, false, true])
        store.initialize(seed: 1)
        // Glorot: sqrt(6 / (3 + 5)) = 0.866; the bias starts at 0.
        #expect(layer.weight.value.values.allSatisfy { abs($0) < 0.8661 && $0 != 0 })
        #expect(layer.bias?.value.values == [0, 0, 0, 0, 0])
    }

    // x = [1 2], W = [3 4], b = 5: 3 + 8 + 5.
    @Test func handComputed() {
        let store = ParameterStore()
        let layer = Linear(store, "layer", inputCount: 2, outputCount: 1)
        store.initialize(seed: 1)
        store.set("layer.weight", [3, 4])
        store.set("layer.bias", [5])
        #expect(layer(Tape().variable(Tensor([1, 2], shape: [1, 2]))).value.values == [16])
    }
}
