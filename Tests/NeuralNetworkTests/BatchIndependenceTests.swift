import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

/// What is promised of every operation that a batch shares: a sequence, a row or a hypothesis has the same bits alone and beside
/// others, on every processor (docs/decisions/0011).
@Suite struct BatchIndependenceTests {
    static let precisions = [ElementType.float32, .bfloat16].filter(\.isSupported)
    private static let configuration = TransformerConfiguration(
        modelDimension: 48, headCount: 2, feedForwardDimension: 72, dropout: 0)

    private func store<Layer>(_ make: (ParameterStore) -> Layer) -> Layer {
        let store = ParameterStore()
        let layer = make(store)
        store.randomize(seed: 1)
        store.updateBFloat16Values()
        return layer
    }

    /// Sequences of these lengths, [batch, time, columns]; what stands behind a sequence is another sequence's numbers.
    private func batch(_ lengths: [Int], columns: Int) -> Tensor {
        .random([lengths.count, lengths.max()!, columns], seed: 4)
    }

    /// Sequence `index` of a batch, without its padding: [1, length, columns].
    private func alone(_ batch: Tensor, _ index: Int, length: Int) -> Tensor {
        let columns = batch.shape[2]
        return Tensor(
            Array(batch.rows(index..<index + 1).values.prefix(length * columns)), shape: [1, length, columns])
    }

    /// Expects that `compute` makes of every sequence of a batch what it makes of the sequence alone.
    private func expectTheSameAlone(
        _ lengths: [Int], columns: Int, outputLengths: [Int]? = nil,
        _ compute: (Tensor, _ lengths: [Int], _ sequence: Int?) -> Tensor
    ) {
        let together = batch(lengths, columns: columns)
        let expected = compute(together, lengths, nil)
        for (index, length) in lengths.enumerated() {
            let single = compute(alone(together, index, length: length), [length], index)
            let outputLength = outputLengths?[index] ?? length
            #expect(
                single.values
                    == Array(expected.rows(index..<index + 1).values.prefix(outputLength * expected.columnCount)),
                "\(length) of \(lengths)")
        }
    }

    // 33, 61 and 401 positions: about the blocks of the products, and beyond the 256 or 384 keys that are added in one go.
    private static let lengths = [[1, 2, 5, 7, 12, 13], [33, 24, 61, 60], [290, 260, 401, 40, 384]]

    @Test(arguments: precisions, lengths) func encoder(precision: ElementType, lengths: [Int]) {
        let encoder = store { TransformerEncoder($0, "encoder", layerCount: 2, Self.configuration) }
        expectTheSameAlone(lengths, columns: 48) { x, lengths, _ in
            encoder(Tape(precision: precision).variable(x), lengths: lengths).output.value
        }
    }

    @Test(arguments: precisions, [lengths[0], lengths[1]]) func conformer(precision: ElementType, lengths: [Int]) {
        let encoder = store {
            TransformerEncoder(
                $0, "encoder", layerCount: 2, Self.configuration,
                encoder: EncoderConfiguration(layer: .conformer, positions: .rotary, convolutionWidth: 5))
        }
        expectTheSameAlone(lengths, columns: 48) { x, lengths, _ in
            encoder(Tape(precision: precision).variable(x), lengths: lengths).output.value
        }
    }

    @Test(arguments: precisions, lengths) func subsampling(precision: ElementType, lengths: [Int]) {
        let subsampling = store {
            ConvolutionalSubsampling($0, "subsampling", featureCount: 20, modelDimension: 40)
        }
        expectTheSameAlone(lengths, columns: 20, outputLengths: lengths.map { subsampling.outputCount($0) }) {
            x, lengths, _ in subsampling(Tape(precision: precision).variable(x), lengths: lengths).0.value
        }
    }

    // The output of CTC, of a vocabulary that ends inside a block of columns.
    @Test(arguments: precisions, lengths) func output(precision: ElementType, lengths: [Int]) {
        let linear = store { Linear($0, "output", inputCount: 48, outputCount: 37) }
        expectTheSameAlone(lengths, columns: 48) { x, _, _ in
            linear(Tape(precision: precision).variable(x), outputType: .float32).logSoftmax().value
        }
    }

    // Texts of these lengths, each with its own encoder output, in one pass.
    @Test(
        arguments: precisions,
        [([1, 4, 9], [3, 20, 7]), ([40, 12, 3], [300, 420, 30]), ([20, 290, 31], [5, 9, 400])])
    func decoder(precision: ElementType, sizes: (texts: [Int], encoded: [Int])) {
        let decoder = store {
            TransformerDecoder(
                $0, "decoder", layerCount: 2, vocabularySize: 29, tiesEmbedding: false, Self.configuration)
        }
        let memory = batch(sizes.encoded, columns: 48)
        let time = sizes.texts.max()!
        let tokens = randomValues(sizes.texts.count * time, seed: 5, in: 0...28.99).map { Int32($0) }
        func logits(_ tokens: [Int32], _ memory: Tensor, _ lengths: [Int]) -> Tensor {
            let tape = Tape(precision: precision)
            return decoder(
                tokens, batch: lengths.count, keysValues: decoder.keysValues(tape.variable(memory)),
                encoderLengths: lengths
            ).value
        }
        let together = logits(tokens, memory, sizes.encoded)
        for (index, count) in sizes.texts.enumerated() {
            let length = sizes.encoded[index]
            let single = logits(
                Array(tokens[index * time..<index * time + count]), alone(memory, index, length: length), [length])
            #expect(
                single.values == Array(together.rows(index..<index + 1).values.prefix(count * 29)),
                "\(count) tokens of \(sizes.texts)")
        }
    }

    // The same texts by a recurrent network.
    @Test(arguments: precisions) func recurrentDecoder(precision: ElementType) {
        let decoder = store {
            LSTMDecoder(
                $0, "decoder", layerCount: 2, vocabularySize: 29, tiesEmbedding: false, Self.configuration,
                decoder: DecoderConfiguration(layer: .lstm))
        }
        let (texts, lengths) = ([20, 31, 3], [5, 33, 400])
        let memory = batch(lengths, columns: 48)
        let tokens = randomValues(3 * 31, seed: 5, in: 0...28.99).map { Int32($0) }
        func logits(_ tokens: [Int32], _ memory: Tensor, _ lengths: [Int]) -> Tensor {
            decoder(
                tokens, batch: lengths.count,
                keysValues: decoder.keysValues(Tape(precision: precision).variable(memory)),
                encoderLengths: lengths
            ).value
        }
        let together = logits(tokens, memory, lengths)
        for (index, count) in texts.enumerated() {
            let single = logits(
                Array(tokens[index * 31..<index * 31 + count]), alone(memory, index, length: lengths[index]),
                [lengths[index]])
            #expect(single.values == Array(together.rows(index..<index + 1).values.prefix(count * 29)), "\(count)")
        }
    }

    // Steps of a recurrent network.
    @Test(arguments: precisions) func recurrentSteps(precision: ElementType) {
        let decoder = store {
            LSTMDecoder(
                $0, "decoder", layerCount: 2, vocabularySize: 29, tiesEmbedding: true, Self.configuration,
                decoder: DecoderConfiguration(layer: .lstm))
        }
        let encoded = Tensor.random([1, 30, 48], seed: 2)
        func logits(_ hypotheses: [Int]) -> [[Float]] {
            let tape = Tape(precision: precision)
            let memory = decoder.memory(tape.variable(encoded), lengths: [30])
            let state = decoder.state(batch: hypotheses.count)
            var result = hypotheses.map { _ in [Float]() }
            for step in 0..<4 {
                let tokens = hypotheses.map { Int32(($0 * 7 + step * 3) % 29) }
                let y = decoder(tokens, batch: hypotheses.count, memory: memory, state: state, on: tape).value
                for row in hypotheses.indices { result[row] += y.rows(row..<row + 1).values }
            }
            return result
        }
        let all = logits(Array(0..<20))
        for count in [1, 5, 11, 12, 13] {
            #expect(logits(Array(20 - count..<20)) == Array(all.suffix(count)), "the last \(count) hypotheses")
        }
    }

    // Steps of decoding: the logits of a hypothesis do not depend on how many others are followed.
    @Test(arguments: precisions, [5, 30, 300]) func steps(precision: ElementType, encodedLength: Int) {
        let decoder = store {
            TransformerDecoder(
                $0, "decoder", layerCount: 2, vocabularySize: 29, tiesEmbedding: true, Self.configuration)
        }
        let memory = Tensor.random([1, encodedLength, 48], seed: 2)
        func logits(_ hypotheses: [Int]) -> [[Float]] {
            let tape = Tape(precision: precision)
            let encoded = decoder.encoderCaches(tape.variable(memory), lengths: [encodedLength])
            let caches = decoder.caches(batch: hypotheses.count)
            var result = hypotheses.map { _ in [Float]() }
            for step in 0..<4 {
                let tokens = hypotheses.map { Int32(($0 * 7 + step * 3) % 29) }
                let y = decoder(tokens, batch: hypotheses.count, encoded: encoded, caches: caches, on: tape).value
                for row in hypotheses.indices { result[row] += y.rows(row..<row + 1).values }
            }
            return result
        }
        let all = logits(Array(0..<20))
        for count in [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 17] {
            #expect(logits(Array(0..<count)) == Array(all.prefix(count)), "\(count) hypotheses")
            #expect(logits(Array(20 - count..<20)) == Array(all.suffix(count)), "the last \(count) hypotheses")
        }
    }
}
