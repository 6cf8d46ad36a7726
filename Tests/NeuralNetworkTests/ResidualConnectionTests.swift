import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct ResidualConnectionTests {
    // x = [1 3] has the norm [-1 1]. The sublayer doubles what it gets (y + y).
    // Before: x + 2 norm(x) = [-1, 5]. After: norm(x + 2 x) = [-1, 1].
    @Test(arguments: [(NormalizationPlacement.pre, [Float(-1), 5]), (.post, [-1, 1])])
    func handComputed(placement: NormalizationPlacement, expected: [Float]) {
        let store = ParameterStore()
        let layer = ResidualConnection(
            store, "norm",
            TransformerConfiguration(modelDimension: 2, headCount: 1, normalization: placement, dropout: 0))
        store.initialize(seed: 1)
        let y = layer(Tape().variable(Tensor([1, 3], shape: [1, 1, 2]))) { $0.adding($0) }
        expectClose(y.value.values, expected, absolute: 1e-4, "epsilon is 1e-5")
    }

    @Test(arguments: NormalizationPlacement.allCases) func finiteDifferences(placement: NormalizationPlacement) {
        let store = ParameterStore()
        let layer = ResidualConnection(
            store, "norm",
            TransformerConfiguration(modelDimension: 5, headCount: 1, normalization: placement, dropout: 0.3))
        store.randomize(seed: 1)
        expectGradients(
            [.random([2, 3, 5], seed: 2)], store: store, dropoutKey: RandomKey(seed: 3), step: 0x1p-6
        ) { _, inputs in layer(inputs[0]) { $0.gelu() } }
    }
}
