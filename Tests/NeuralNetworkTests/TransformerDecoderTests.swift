import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct TransformerDecoderTests {
    private func decoder(
        _ normalization: NormalizationPlacement = .pre, tiesEmbedding: Bool = false,
        _ configuration: DecoderConfiguration = DecoderConfiguration()
    ) -> (ParameterStore, TransformerDecoder) {
        let store = ParameterStore()
        let decoder = TransformerDecoder(
            store, "decoder", layerCount: 2, vocabularySize: vocabularySize, tiesEmbedding: tiesEmbedding,
            TransformerConfiguration(
                modelDimension: 8, headCount: 2, feedForwardDimension: 12, normalization: normalization, dropout: 0),
            decoder: configuration)
        store.randomize(seed: 1)
        store.updateBFloat16Values()
        return (store, decoder)
    }

    // One position after the other with caches, some at once, or all in one causal pass: the same logits. 70 positions
    // make the caches grow beyond their first 64.
    @Test(
        arguments: [
            (NormalizationPlacement.pre, PositionKind.sinusoidal), (.post, .sinusoidal), (.pre, .rotary),
            (.pre, .learned),
        ], [[Int](repeating: 1, count: 70), [3, 1, 16, 30, 20]])
    func cachedDecodingEqualsTheFullPass(kind: (NormalizationPlacement, PositionKind), steps: [Int]) {
        let (_, decoder) = decoder(kind.0, DecoderConfiguration(positions: kind.1, positionCount: 70))
        let (batch, count) = (3, 70)
        let tokens = randomTokens(batch * count)
        let memory = Tensor.random([batch, 6, 8], seed: 2)
        let lengths = [6, 4, 1]
        let full = decoder.logits(tokens, batch: batch, memory: memory, lengths: lengths)
        #expect(full.shape == [batch, count, vocabularySize])

        let tape = Tape()
        let encoded = decoder.encoderCaches(tape.variable(memory), lengths: lengths)
        let caches = decoder.caches(batch: batch)
        expectSteps(steps, of: tokens, give: full, absolute: 2e-5) {
            decoder($0, batch: batch, encoded: encoded, caches: caches, on: tape).value
        }
        #expect(caches.allSatisfy { $0.count == count })
    }

    // The same bits as all at once, and never more than 48 positions in memory.
    @Test(arguments: [1, 48, 49, 200]) func logitsOfAFewPositionsAtATime(count: Int) {
        let (_, decoder) = decoder()
        let tape = Tape()
        let encoded = decoder.encoderCaches(tape.variable(.random([1, 6, 8], seed: 2)), lengths: [6])
        let tokens = randomTokens(count)
        let whole = decoder(tokens, batch: 1, encoded: encoded, caches: nil, on: tape).value
        var values: [Float] = []
        var next = 0
        decoder.forEachLogits(tokens, encoded: encoded, on: tape) { positions, logits in
            #expect(positions.lowerBound == next && positions.count <= 48)
            #expect(logits.shape == [positions.count, vocabularySize])
            next = positions.upperBound
            values += logits.values
        }
        #expect(next == count && values == whole.values)
    }

    // Hypotheses of one utterance: reordered caches continue what their parents were.
    @Test func reorderedHypotheses() {
        let (_, decoder) = decoder()
        let memory = Tensor.random([1, 6, 8], seed: 2)
        let beginnings: [[Int32]] = [[1, 2, 3], [1, 4, 5], [1, 6, 7]]
        let parents = [2, 2, 0, 1]
        let next: [Int32] = [8, 9, 10, 1]

        let tape = Tape()
        let encoded = decoder.encoderCaches(tape.variable(memory), lengths: [6])
        let caches = decoder.caches(batch: 3)
        _ = decoder(beginnings.flatMap { $0 }, batch: 3, encoded: encoded, caches: caches, on: tape)
        for cache in caches { cache.reorder(parents) }
        let y = decoder(next, batch: 4, encoded: encoded, caches: caches, on: tape).value
        for (index, parent) in parents.enumerated() {
            let alone = decoder.logits(beginnings[parent] + [next[index]], batch: 1, memory: memory, lengths: [6])
            expectClose(
                y.rows(index..<index + 1).values, alone.reshaped([4, vocabularySize]).rows(3..<4).values,
                absolute: 1e-5, "hypothesis \(index)")
        }
    }

    // Teacher forcing must not let a position see what it is to predict.
    @Test(arguments: NormalizationPlacement.allCases) func theFutureIsHidden(placement: NormalizationPlacement) {
        let (_, decoder) = decoder(placement)
        decoder.expectHiddenFuture()
    }

    @Test func paddingDoesNotChangeASequence() {
        let (_, decoder) = decoder()
        let (first, second) = (randomTokens(6), randomTokens(4, seed: 6))
        let memory = Tensor.random([2, 7, 8], seed: 2)
        let together = decoder.logits(first + second + [0, 0], batch: 2, memory: memory, lengths: [7, 3])
        let shorter = Tensor(Array(memory.rows(1..<2).values.prefix(3 * 8)), shape: [1, 3, 8])
        let alone = decoder.logits(second, batch: 1, memory: shorter, lengths: [3])
        #expect(Array(together.rows(1..<2).values.prefix(4 * vocabularySize)) == alone.values)
    }

    // A table whose rows are the sines that are added otherwise gives the same logits.
    @Test func learnedPositionsAreAdded() throws {
        let memory = Tensor.random([1, 6, 8], seed: 2)
        let (sineStore, sinusoidal) = decoder()
        let (store, learned) = decoder(.pre, DecoderConfiguration(positions: .learned, positionCount: 9))
        for parameter in store.parameters {
            if let other = sineStore.parameters.first(where: { $0.name == parameter.name }) {
                parameter.value.floats.update(from: other.value.floats, count: parameter.count)
            } else {
                #expect(parameter.name == "decoder.positions")
                let sines = PositionalEncoding(modelDimension: 8)(count: 9)
                parameter.value.floats.update(from: sines.floats, count: sines.count)
            }
        }
        let tokens = randomTokens(9)
        #expect(
            learned.logits(tokens, batch: 1, memory: memory, lengths: [6]).values
                == sinusoidal.logits(tokens, batch: 1, memory: memory, lengths: [6]).values)
    }

    // Without scale, the embedding must be 8^0.5 times as large for the same logits; without bias, the bias 0.
    @Test func scaleAndBias() throws {
        let memory = Tensor.random([1, 6, 8], seed: 2)
        let (store, scaled) = decoder()
        let (plainStore, plain) = decoder(
            .pre, DecoderConfiguration(scalesEmbedding: false, hasOutputBias: false))
        #expect(plain.outputBias == nil)
        for parameter in store.parameters {
            if parameter.name == "decoder.output.bias" {
                parameter.value.floats.update(repeating: 0, count: parameter.count)
                continue
            }
            let other = try #require(plainStore.parameters.first { $0.name == parameter.name })
            other.value.floats.update(from: parameter.value.floats, count: parameter.count)
            if parameter.name == "decoder.embedding.weight" {
                for index in 0..<other.count { other.value.floats[index] *= Float(8).squareRoot() }
            }
        }
        let tokens = randomTokens(9)
        expectClose(
            plain.logits(tokens, batch: 1, memory: memory, lengths: [6]).values,
            scaled.logits(tokens, batch: 1, memory: memory, lengths: [6]).values, absolute: 1e-5)
    }

    @Test func tiedEmbedding() {
        let (tied, decoder) = decoder(tiesEmbedding: true)
        #expect(decoder.outputWeight === decoder.embedding)
        #expect(!tied.parameters.contains { $0.name == "decoder.output.weight" })
        #expect(self.decoder().0.parameters.contains { $0.name == "decoder.output.weight" })
    }

    @Test(arguments: [(false, PositionKind.sinusoidal), (true, .sinusoidal), (true, .rotary), (true, .learned)])
    func finiteDifferences(tiesEmbedding: Bool, positions: PositionKind) {
        let store = ParameterStore()
        let decoder = TransformerDecoder(
            store, "decoder", layerCount: 1, vocabularySize: 3, tiesEmbedding: tiesEmbedding,
            TransformerConfiguration(
                modelDimension: 4, headCount: 2, feedForwardDimension: 3, activation: .gelu, dropout: 0.2),
            decoder: DecoderConfiguration(positions: positions, positionCount: 2))
        decoder.expectGradients(store)
    }

    // The caches hold float32, whatever the tape's type.
    @Test(.enabled(if: ElementType.bfloat16.isSupported, "this processor has no bfloat16 products"))
    func cachedDecodingInBFloat16() {
        let (_, decoder) = decoder()
        let tape = Tape(precision: .bfloat16)
        let memory = tape.variable(.random([1, 6, 8], seed: 2))
        let keysValues = decoder.keysValues(memory)
        let encoded = decoder.encoderCaches(memory, lengths: [6])
        let tokens = randomTokens(20)
        let full = decoder(tokens, batch: 1, keysValues: keysValues, encoderLengths: [6]).value
        let caches = decoder.caches(batch: 1)
        for (index, token) in tokens.enumerated() {
            let y = decoder([token], batch: 1, encoded: encoded, caches: caches, on: tape).value
            expectClose(
                y.values, full.reshaped([20, vocabularySize]).rows(index..<index + 1).values, absolute: 0.05)
        }
    }
}
