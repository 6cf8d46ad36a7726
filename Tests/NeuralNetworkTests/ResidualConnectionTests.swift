import Autograd
import NeuralNetwork
import Numerics
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

    // Half a sublayer that doubles norm(x) = [-1 1]: [1 3] + 0.5 * 2 * [-1 1] = [0 4].
    @Test func scale() {
        let store = ParameterStore()
        let layer = ResidualConnection(
            store, "norm", TransformerConfiguration(modelDimension: 2, headCount: 1, dropout: 0), scale: 0.5)
        store.initialize(seed: 1)
        let y = layer(Tape().variable(Tensor([1, 3], shape: [1, 1, 2]))) { $0.adding($0) }
        expectClose(y.value.values, [0, 4], absolute: 1e-4, "epsilon is 1e-5")
    }

    // x = [1 3], sublayer 2 norm(x) = [-2 2]: left out it gives x; else x + [-2 2] / (1 - rate), so that the mean over many
    // draws is what inference gives. 2,000 draws of a rate of 0.25: 500 skips, four standard deviations are 77.
    @Test func stochasticDepth() {
        let store = ParameterStore()
        let layer = ResidualConnection(
            store, "norm", TransformerConfiguration(modelDimension: 2, headCount: 1, dropout: 0), skipRate: 0.25)
        store.initialize(seed: 1)
        let input = Tensor([1, 3], shape: [1, 1, 2])
        expectClose(layer(Tape().variable(input)) { $0.adding($0) }.value.values, [-1, 5], absolute: 1e-4)
        var skips = 0
        let tape = Tape(dropoutKey: RandomKey(seed: 1))
        for _ in 0..<2_000 {
            let y = layer(tape.variable(input)) { $0.adding($0) }.value.values
            if y == [1, 3] { skips += 1 } else { expectClose(y, [1 - 2 / 0.75, 3 + 2 / 0.75], absolute: 1e-4) }
        }
        #expect((423...577).contains(skips))
    }
}
