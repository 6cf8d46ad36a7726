import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct LSTMEncoderTests {
    private func encoder(
        _ store: ParameterStore, model: Int = 8, layers: Int = 3, pyramid: Int, dropout: Float = 0
    ) -> LSTMEncoder {
        let encoder = LSTMEncoder(
            store, "encoder", layerCount: layers, TransformerConfiguration(modelDimension: model, dropout: dropout),
            encoder: EncoderConfiguration(layer: .lstm, pyramidLayerCount: pyramid))
        store.randomize(seed: 1)
        return encoder
    }

    // Each layer from the second on halves: 7 -> 4 -> 2, and 1 stays 1.
    @Test(arguments: [(0, [7, 3, 1]), (1, [4, 2, 1]), (2, [2, 1, 1])])
    func pyramid(pyramid: Int, expected: [Int]) {
        let encoder = encoder(ParameterStore(), pyramid: pyramid)
        let output = encoder(Tape().variable(.random([3, 7, 8], seed: 2)), lengths: [7, 3, 1], keeping: [1, 3])
        #expect(output.lengths == expected)
        #expect(output.value.value.shape == [3, expected[0], 8])
        #expect([7, 3, 1].map { encoder.outputCount($0) } == expected)
        #expect(output.intermediate.map(\.lengths) == [[7, 3, 1], expected])
        #expect(output.intermediate[1].value.value.values == output.value.value.values)
    }

    /// The second layer reads the outputs of positions 2 i and 2 i + 1 side by side.
    @Test func pairs() {
        let store = ParameterStore()
        let encoder = encoder(store, layers: 2, pyramid: 1)
        let x = Tensor.random([1, 5, 8], seed: 2)
        let tape = Tape()
        let first = encoder.layers[0](tape.variable(x), lengths: [5]).value.values
        let joined = Tensor(first + [Float](repeating: 0, count: 8), shape: [1, 3, 16])
        let expected = encoder.layers[1](tape.variable(joined), lengths: [3]).value
        #expect(encoder(tape.variable(x), lengths: [5]).value.value.values == expected.values)
    }

    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported), [0, 2])
    func theSameAloneAndInABatch(precision: ElementType, pyramid: Int) {
        let store = ParameterStore()
        let encoder = encoder(store, model: 48, pyramid: pyramid)
        store.updateBFloat16Values()
        let lengths = [13, 9, 6, 2, 1]
        let batch = Tensor.random([5, 13, 48], seed: 2)
        let together = encoder(Tape(precision: precision).variable(batch), lengths: lengths).value.value
        for (index, length) in lengths.enumerated() {
            let x = Tensor(Array(batch.rows(index..<index + 1).values.prefix(length * 48)), shape: [1, length, 48])
            let alone = encoder(Tape(precision: precision).variable(x), lengths: [length]).value.value
            #expect(
                alone.values == Array(together.rows(index..<index + 1).values.prefix(alone.count)), "\(length)")
        }
    }

    @Test(arguments: [0, 1, 2]) func finiteDifferences(pyramid: Int) {
        let store = ParameterStore()
        let encoder = encoder(store, model: 2, pyramid: pyramid, dropout: 0.2)
        expectGradients([.random([2, 5, 2], seed: 2)], store: store, dropoutKey: RandomKey(seed: 3)) { _, inputs in
            encoder(inputs[0], lengths: [5, 3]).value
        }
    }
}
