import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct LSTMDecoderTests {
    private func decoder(layers: Int = 2, tiesEmbedding: Bool = false) -> (ParameterStore, LSTMDecoder) {
        let store = ParameterStore()
        let decoder = LSTMDecoder(
            store, "decoder", layerCount: layers, vocabularySize: vocabularySize, tiesEmbedding: tiesEmbedding,
            TransformerConfiguration(modelDimension: 8, dropout: 0), decoder: DecoderConfiguration(layer: .lstm))
        store.randomize(seed: 1)
        store.updateBFloat16Values()
        return (store, decoder)
    }

    // One position after the other, some at once, or all by teacher forcing: the same logits.
    @Test(arguments: [1, 2, 3], [[Int](repeating: 1, count: 20), [3, 1, 12, 4]])
    func stepsEqualTheFullPass(layers: Int, steps: [Int]) {
        let (_, decoder) = decoder(layers: layers)
        let (batch, count) = (3, 20)
        let tokens = randomTokens(batch * count)
        let memory = Tensor.random([batch, 6, 8], seed: 2)
        let full = decoder.logits(tokens, batch: batch, memory: memory, lengths: [6, 4, 1])
        let tape = Tape()
        let encoded = decoder.memory(tape.variable(memory), lengths: [6, 4, 1])
        let state = decoder.state(batch: batch)
        expectSteps(steps, of: tokens, give: full, absolute: 1e-6) {
            decoder($0, batch: batch, memory: encoded, state: state, on: tape).value
        }
        let last = decoder(tokens, batch: batch, memory: encoded, state: nil, on: tape, wanted: [0, 19]).value
        expectClose(
            last.rows(1..<2).values,
            Array(full.rows(1..<2).values.prefix(11) + full.rows(1..<2).values.suffix(11)), absolute: 1e-6)
    }

    /// Hypotheses of a beam share one utterance, and a new one goes on from the one that is its parent.
    @Test func reorderedHypotheses() {
        let (_, decoder) = decoder()
        let tape = Tape()
        let encoded = decoder.memory(tape.variable(.random([1, 6, 8], seed: 2)), lengths: [6])
        func scores(_ texts: [[Int32]]) -> [[Float]] {
            texts.map {
                Array(decoder($0, batch: 1, memory: encoded, state: nil, on: tape).value.values.suffix(11))
            }
        }
        let state = decoder.state(batch: 1)
        _ = decoder([3], batch: 1, memory: encoded, state: state, on: tape)
        state.reorder([0, 0, 0])
        #expect(state.batch == 3)
        _ = decoder([4, 5, 6], batch: 3, memory: encoded, state: state, on: tape)
        state.reorder([2, 0])
        let y = decoder([7, 8], batch: 2, memory: encoded, state: state, on: tape).value
        let expected = scores([[3, 6, 7], [3, 4, 8]])
        for row in 0..<2 { expectClose(y.rows(row..<row + 1).values, expected[row], absolute: 1e-6) }
    }

    @Test func theFutureIsHidden() {
        let (_, decoder) = decoder()
        decoder.expectHiddenFuture()
    }

    @Test func parameters() {
        let names = decoder(layers: 2, tiesEmbedding: true).0.parameters.map(\.name)
        #expect(
            names == [
                "decoder.embedding.weight", "decoder.layers.0.input.weight", "decoder.layers.0.recurrent.weight",
                "decoder.layers.0.bias", "decoder.layers.0.context.weight", "decoder.attention.query.weight",
                "decoder.attention.key.weight", "decoder.attention.key.bias", "decoder.attention.energy.weight",
                "decoder.combination.weight", "decoder.combination.bias", "decoder.layers.1.input.weight",
                "decoder.layers.1.recurrent.weight", "decoder.layers.1.bias", "decoder.output.bias",
            ])
        #expect(decoder().0.parameters.contains { $0.name == "decoder.output.weight" })
    }

    @Test(arguments: [1, 2], [false, true]) func finiteDifferences(layers: Int, tiesEmbedding: Bool) {
        let store = ParameterStore()
        let decoder = LSTMDecoder(
            store, "decoder", layerCount: layers, vocabularySize: 3, tiesEmbedding: tiesEmbedding,
            TransformerConfiguration(modelDimension: 4, activation: .gelu, dropout: 0.2),
            decoder: DecoderConfiguration(layer: .lstm))
        decoder.expectGradients(store)
    }

    @Test(.enabled(if: ElementType.bfloat16.isSupported, "this processor has no bfloat16 products"))
    func inBFloat16() {
        let (_, decoder) = decoder()
        let memory = Tensor.random([1, 6, 8], seed: 2)
        let tokens = randomTokens(20)
        let exact = decoder.logits(tokens, batch: 1, memory: memory, lengths: [6])
        let tape = Tape(precision: .bfloat16)
        let rounded = decoder(
            tokens, batch: 1, keysValues: decoder.keysValues(tape.variable(memory)), encoderLengths: [6]
        ).value
        expectClose(rounded.values, exact.values, absolute: 0.05)
        #expect(rounded.values != exact.values)
    }
}
