import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct LSTMTests {
    // scripts/golden/lstm.py: PyTorch's nn.LSTM over packed sequences.
    @Test(arguments: try GoldenFixture.load("lstm").cases) func golden(_ golden: GoldenCase) throws {
        let isBidirectional = try golden.number("directions") == 2
        let store = ParameterStore()
        let layer = LSTM(store, "layer", inputCount: 5, unitCount: 4, isBidirectional: isBidirectional)
        let reference = GoldenLayer(
            golden: golden,
            mappings: (isBidirectional ? ["forward", "backward"] : ["forward"]).flatMap { direction in
                ["input.weight", "recurrent.weight", "bias"].map {
                    ParameterMapping(
                        ours: isBidirectional ? "layer.\(direction).\($0)" : "layer.\($0)",
                        theirs: ["\(direction).\($0)"])
                }
            })
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let lengths = try golden.tensor("lengths").integers
        let y = layer(x, lengths: lengths)
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        try reference.expectGradients(gradients, of: store)
    }

    // PyTorch's last states, [direction, batch, unit], of one direction and sequences of one length.
    @Test func goldenState() throws {
        let golden = try #require(GoldenFixture.load("lstm").cases.first)
        let store = ParameterStore()
        let layer = LSTM(store, "layer", inputCount: 5, unitCount: 4)
        store.initialize(seed: 0)
        for name in ["input.weight", "recurrent.weight", "bias"] {
            store.set("layer.\(name)", try golden.tensor("forward.\(name)").values)
        }
        let x = Tape().variable(try golden.tensor("input").tensor).timeMajor()
        let state = layer(timeMajor: x, LSTMReading(lengths: [6, 6, 6]), state: nil).state
        expectGolden(state.hidden, try golden.tensor("hidden"), "hidden")
        expectGolden(state.cell, try golden.tensor("cell"), "cell")
    }

    @Test func forgetGatesBeginOpen() throws {
        let store = ParameterStore()
        _ = LSTM(store, "layer", inputCount: 2, unitCount: 3)
        store.initialize(seed: 1)
        let bias = try #require(store.parameters.first { $0.name == "layer.bias" })
        #expect(bias.value.values == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test(arguments: [[4, 4], [4, 1]], [false, true]) func finiteDifferences(lengths: [Int], isBidirectional: Bool) {
        let store = ParameterStore()
        let layer = LSTM(store, "layer", inputCount: 3, unitCount: 2, isBidirectional: isBidirectional)
        store.randomize(seed: 1)
        expectGradients([.random([2, 4, 3], seed: 2)], store: store) { _, inputs in layer(inputs[0], lengths: lengths) }
    }

    /// What stands behind the end of a sequence changes nothing, bit for bit, and neither does another sequence beside it.
    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported))
    func paddingAndNeighbours(precision: ElementType) {
        let store = ParameterStore()
        let layer = LSTM(store, "layer", inputCount: 40, unitCount: 24, isBidirectional: true)
        store.randomize(seed: 1)
        if precision == .bfloat16 { store.updateBFloat16Values() }
        let input = Tensor.random([3, 7, 40], seed: 2)
        let changed = Tensor(input.values, shape: input.shape)
        for index in (7 + 4) * 40..<14 * 40 { changed.floats[index] = 1e3 }  // sequence 1 has four positions
        let outputs = [input, changed].map {
            layer(Tape(precision: precision).variable($0), lengths: [7, 4, 6]).value
        }
        #expect(outputs[0].values == outputs[1].values)
        #expect(outputs[0].values[(7 + 4) * 48..<14 * 48].allSatisfy { $0 == 0 })
        let alone = layer(Tape(precision: precision).variable(input.rows(1..<2)), lengths: [4]).value
        #expect(alone.values == outputs[0].rows(1..<2).values)
    }

    /// Pieces that hand on their state give what the whole gives, bit for bit, and the gradient ends between them.
    @Test func pieces() {
        let store = ParameterStore()
        let layer = LSTM(store, "layer", inputCount: 5, unitCount: 16)
        store.randomize(seed: 1)
        let input = Tensor.random([6, 2, 5], seed: 2)
        let whole = layer(timeMajor: Tape().variable(input), LSTMReading(lengths: [6, 6]), state: nil)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let pieces = [0..<4, 4..<6].map { tape.variable(input.rows($0), wantsGradient: true) }
        let first = layer(timeMajor: pieces[0], LSTMReading(lengths: [4, 4]), state: nil)
        let second = layer(timeMajor: pieces[1], LSTMReading(lengths: [2, 2]), state: first.state)
        #expect(first.output.value.values + second.output.value.values == whole.output.value.values)
        #expect(second.state.cell.values == whole.state.cell.values)
        tape.backward(from: second.output, gradient: .random([2, 2, 16], seed: 3))
        #expect(tape.gradient(of: pieces[0]) == nil)
        #expect(tape.gradient(of: pieces[1]) != nil)
    }
}
