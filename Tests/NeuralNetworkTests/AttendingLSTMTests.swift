import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct AttendingLSTMTests {
    private func layer(_ store: ParameterStore, input: Int, units: Int, values: Int, width: Int) -> AttendingLSTM {
        AttendingLSTM(
            store, lstm: "layer", attention: "attention", inputCount: input, unitCount: units, valueCount: values,
            width: width)
    }

    private func run(
        _ layer: AttendingLSTM, _ x: Variable, to encoded: Variable, lengths: [Int], state: AttendingLSTMState? = nil
    ) -> (output: Variable, state: AttendingLSTMState) {
        layer(
            timeMajor: x, to: AttendedSequences(keys: layer.keys(encoded), values: encoded, lengths: lengths),
            state: state)
    }

    // scripts/golden/attending_lstm.py: PyTorch's nn.LSTMCell, and additive attention written out.
    @Test(arguments: try GoldenFixture.load("attending_lstm").cases) func golden(_ golden: GoldenCase) throws {
        let store = ParameterStore()
        let layer = layer(store, input: 4, units: 3, values: 6, width: 7)
        let reference = GoldenLayer(
            golden: golden,
            mappings: [
                "layer.input.weight", "layer.context.weight", "layer.recurrent.weight", "layer.bias",
                "attention.query.weight", "attention.key.weight", "attention.key.bias", "attention.energy.weight",
            ].map {
                ParameterMapping(ours: $0, theirs: [String($0.drop { $0 != "." }.dropFirst())])
            })
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let recorder = AttentionRecorder()
        let tape = Tape(gradients: gradients, attentionRecorder: recorder)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let encoded = tape.variable(try golden.tensor("encoded").tensor, wantsGradient: true)
        let (y, state) = run(layer, x, to: encoded, lengths: try golden.tensor("lengths").integers)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(state.lstm.cell, try golden.tensor("cell"), "cell")
        #expect(recorder.weights.map(\.shape) == [[3, 1, 5, 4]])
        expectGolden(recorder.weights.first, try golden.tensor("weights"), "weights")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        expectGolden(
            tape.gradient(of: encoded), try golden.tensor("gradient.encoded"), "gradient of what is attended to")
        try reference.expectGradients(gradients, of: store)
    }

    @Test(arguments: [[4, 4], [4, 1], [2, 0]]) func finiteDifferences(lengths: [Int]) {
        let store = ParameterStore()
        let layer = layer(store, input: 3, units: 2, values: 3, width: 4)
        store.randomize(seed: 1)
        expectGradients([.random([3, 2, 3], seed: 2), .random([2, 4, 3], seed: 3)], store: store) { _, inputs in
            run(layer, inputs[0], to: inputs[1], lengths: lengths).output
        }
    }

    /// What stands behind the end of what is attended to changes nothing, bit for bit, neither do other sequences, and hypotheses may share
    /// what they attend to.
    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported))
    func paddingAndNeighbours(precision: ElementType) {
        let store = ParameterStore()
        let layer = layer(store, input: 20, units: 24, values: 40, width: 36)
        store.randomize(seed: 1)
        store.updateBFloat16Values()
        let (input, encoded) = (Tensor.random([5, 3, 20], seed: 2), Tensor.random([3, 30, 40], seed: 3))
        let changed = Tensor(encoded.values, shape: encoded.shape)
        for index in (30 + 11) * 40..<60 * 40 { changed.floats[index] = 1e3 }  // sequence 1 has eleven positions
        func output(_ input: Tensor, _ encoded: Tensor, _ lengths: [Int]) -> Tensor {
            let tape = Tape(precision: precision)
            return run(layer, tape.variable(input), to: tape.variable(encoded), lengths: lengths).output.value
        }
        let together = output(input, encoded, [30, 11, 17])
        #expect(output(input, changed, [30, 11, 17]).values == together.values)
        func sequence(_ index: Int, of tensor: Tensor) -> [Float] {
            (0..<5).flatMap {
                tensor.rows($0..<$0 + 1).values[index * tensor.columnCount..<(index + 1) * tensor.columnCount]
            }
        }
        let alone = Tensor(sequence(1, of: input), shape: [5, 1, 20])
        let short = Tensor(Array(encoded.rows(1..<2).values.prefix(11 * 40)), shape: [1, 11, 40])
        #expect(output(alone, short, [11]).values == sequence(1, of: together))
        let repeated = Tensor([0, 1, 2].flatMap { _ in encoded.rows(0..<1).values }, shape: [3, 30, 40])
        #expect(output(input, encoded.rows(0..<1), [30]).values == output(input, repeated, [30, 30, 30]).values)
    }

    /// Pieces that hand on their state give what the whole gives, bit for bit; the rows of a state are the sequences.
    @Test func piecesAndRows() {
        let store = ParameterStore()
        let layer = layer(store, input: 5, units: 16, values: 8, width: 8)
        store.randomize(seed: 1)
        let (input, encoded) = (Tensor.random([6, 2, 5], seed: 2), Tensor.random([2, 9, 8], seed: 3))
        let tape = Tape()
        func run(_ x: Tensor, _ encoded: Tensor, _ state: AttendingLSTMState?) -> (
            output: Variable, state: AttendingLSTMState
        ) {
            self.run(
                layer, tape.variable(x), to: tape.variable(encoded),
                lengths: Array(repeating: 9, count: encoded.shape[0]),
                state: state)
        }
        let whole = run(input, encoded, nil).output.value.values
        let first = run(input.rows(0..<4), encoded, nil)
        let second = run(input.rows(4..<6), encoded, first.state)
        #expect(first.output.value.values + second.output.value.values == whole)
        // Both hypotheses go on from the second sequence.
        let twice = Tensor(encoded.rows(1..<2).values + encoded.rows(1..<2).values, shape: encoded.shape)
        let last = Tensor(input.rows(4..<5).values.suffix(5) + input.rows(4..<5).values.suffix(5), shape: [1, 2, 5])
        let next = run(last, twice, first.state.rows([1, 1])).output.value.values
        let expected = Array(second.output.value.rows(0..<1).values.suffix(24))
        #expect(next == expected + expected)
    }

    /// The weights of attention are a distribution over the positions that are there.
    @Test func weightsSumToOne() throws {
        let store = ParameterStore()
        let layer = layer(store, input: 5, units: 6, values: 8, width: 8)
        store.randomize(seed: 1)
        let recorder = AttentionRecorder()
        let tape = Tape(attentionRecorder: recorder)
        _ = run(
            layer, tape.variable(.random([3, 2, 5], seed: 2)), to: tape.variable(.random([2, 20, 8], seed: 3)),
            lengths: [20, 7])
        let weights = try #require(recorder.weights.first).values
        let sums = stride(from: 0, to: weights.count, by: 20).map { weights[$0..<$0 + 20].reduce(0, +) }
        expectClose(sums, Array(repeating: 1, count: 6), relative: 1e-6)
        for step in 0..<3 { #expect(weights[(3 + step) * 20 + 7..<(4 + step) * 20].allSatisfy { $0 == 0 }) }
    }
}
