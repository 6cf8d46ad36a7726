import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct FeedForwardTests {
    private func layer(_ activation: Activation, dropout: Float = 0) -> (ParameterStore, FeedForward) {
        let store = ParameterStore()
        let layer = FeedForward(
            store, "layer",
            TransformerConfiguration(
                modelDimension: 2, headCount: 1, feedForwardDimension: 2, activation: activation, dropout: dropout))
        store.randomize(seed: 1)
        return (store, layer)
    }

    // Inner map = identity, so hidden = [relu(1), relu(-1)] = [1, 0]; outer map = [3 5; 7 11] and bias [0.5, 0]:
    // [3.5, 7]. With GELU hidden = [0.84134475, -0.15865525]: [3 a - 5 b + 0.5, 7 a - 11 b].
    @Test(arguments: [(Activation.relu, [Float(3.5), 7]), (.gelu, [2.230758, 4.144205])])
    func handComputed(activation: Activation, expected: [Float]) {
        let (store, layer) = layer(activation)
        store.set("layer.inner.weight", [1, 0, 0, 1])
        store.set("layer.inner.bias", [0, 0])
        store.set("layer.outer.weight", [3, 5, 7, 11])
        store.set("layer.outer.bias", [0.5, 0])
        expectClose(layer(Tape().variable(Tensor([1, -1], shape: [1, 2]))).value.values, expected, absolute: 2e-6)
    }

    /// Many rows are worked on in pieces where there is no backward pass: the same bits as all at once, for any number of threads.
    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported), [1, 3])
    func manyRowsInPieces(precision: ElementType, threadCount: Int) {
        let store = ParameterStore()
        let layer = FeedForward(
            store, "layer",
            TransformerConfiguration(
                modelDimension: 48, headCount: 1, feedForwardDimension: 160, activation: .gelu, dropout: 0.5))
        store.randomize(seed: 1)
        if precision == .bfloat16 { store.updateBFloat16Values() }
        let input = Tensor.random([2, 301, 48], seed: 2)
        let whole = layer(Tape(precision: precision, gradients: ParameterGradients(for: store)).variable(input)).value
        let pieces = SharedWork.among(WorkerPool(threadCount: threadCount)) {
            layer(Tape(precision: precision).variable(input)).value
        }
        #expect(pieces.shape == [2, 301, 48] && pieces.elementType == whole.elementType)
        #expect(pieces.values == whole.values)
    }

    @Test func finiteDifferences() {
        let (store, layer) = layer(.gelu, dropout: 0.3)
        expectGradients([.random([1, 4, 2], seed: 2)], store: store, dropoutKey: RandomKey(seed: 4)) { _, inputs in
            layer(inputs[0])
        }
    }
}
