import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionalSubsamplingTests {
    private func layer(activation: Activation = .relu, strides: [Int] = [2, 2]) -> (
        ParameterStore, ConvolutionalSubsampling
    ) {
        let store = ParameterStore()
        let layer = ConvolutionalSubsampling(
            store, "subsampling", featureCount: 3, modelDimension: 4, strides: strides, activation: activation)
        store.randomize(seed: 1)
        return (store, layer)
    }

    // Each stride of 2 halves, rounding up: 1 -> 1 -> 1, 5 -> 3 -> 2, 100 -> 50 -> 25, 0 stays 0.
    @Test(arguments: [(0, 0), (1, 1), (4, 1), (5, 2), (8, 2), (9, 3), (100, 25)])
    func outputCount(frames: Int, positions: Int) {
        let (_, layer) = layer()
        #expect(layer.outputCount(frames) == positions)
        let (y, lengths) = layer(Tape().variable(.random([1, frames, 3], seed: 1)), lengths: [frames])
        #expect(y.value.shape == [1, positions, 4])
        #expect(lengths == [positions])
    }

    // Whisper's strides: the first convolution keeps the length.
    @Test func otherStrides() {
        #expect(layer(strides: [1, 2]).1.outputCount(3000) == 1500)
    }

    @Test(arguments: [1, 2, 5, 6, 7, 8]) func paddingDoesNotChangeASequence(frames: Int) {
        let (_, layer) = layer()
        let short = randomValues(frames * 3, seed: 2)
        let long = randomValues(9 * 3, seed: 3)
        let padding = randomValues((9 - frames) * 3, seed: 4)
        let (together, lengths) = layer(
            Tape().variable(Tensor(long + short + padding, shape: [2, 9, 3])), lengths: [9, frames])
        let (alone, _) = layer(Tape().variable(Tensor(short, shape: [1, frames, 3])), lengths: [frames])
        #expect(lengths == [3, layer.outputCount(frames)])
        let count = lengths[1] * 4
        expectClose(
            Array(together.value.rows(1..<2).values.prefix(count)), alone.value.values, absolute: 1e-6,
            "products of other sizes may add in another order")
    }

    @Test func finiteDifferences() {
        let (store, layer) = layer(activation: .gelu)
        expectGradients([.random([2, 7, 3], seed: 2)], store: store) { _, inputs in
            layer(inputs[0], lengths: [7, 4]).0
        }
    }
}
