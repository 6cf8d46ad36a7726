import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct LayerNormTests {
    // Starts as scale 1 and shift 0: [1 3] has mean 2 and deviation 1.
    @Test func startsAsPlainNormalization() {
        let store = ParameterStore()
        let layer = LayerNorm(store, "norm", featureCount: 2, epsilon: 0)
        store.initialize(seed: 1)
        #expect(store.parameters.map(\.name) == ["norm.scale", "norm.shift"])
        #expect(store.parameters.allSatisfy { !$0.hasWeightDecay })
        #expect(layer(Tape().variable(Tensor([1, 3], shape: [1, 2]))).value.values == [-1, 1])
    }
}
