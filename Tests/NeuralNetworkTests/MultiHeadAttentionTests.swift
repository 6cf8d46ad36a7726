import Autograd
import NeuralNetwork
import Tensors
import TestSupport
import Testing

@Suite struct MultiHeadAttentionTests {
    private static let cases = Result { try GoldenFixture.load("multi_head_attention").cases }

    private func configuration(_ golden: GoldenCase) throws -> TransformerConfiguration {
        TransformerConfiguration(
            modelDimension: 8, headCount: Int(try golden.number("headCount")), feedForwardDimension: 8, dropout: 0)
    }

    /// The masks of scripts/golden/attention.py.
    private func mask(_ name: String, keys: Int) -> AttentionMask {
        AttentionMask(
            keyCounts: name.contains("padding") ? [keys, keys - 2] : nil,
            causalOffset: name.contains("causal") ? 0 : nil)
    }

    // scripts/golden/attention.py: PyTorch's nn.MultiheadAttention.
    @Test(arguments: try cases.get().filter { !$0.name.contains("cross") }) func goldenSelfAttention(
        _ golden: GoldenCase
    ) throws {
        let store = ParameterStore()
        let layer = SelfAttention(store, "attention", try configuration(golden))
        let reference = GoldenLayer(golden: golden, mappings: ParameterMapping.selfAttention("attention", ""))
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("query").tensor, wantsGradient: true)
        let y = layer(x, mask: mask(golden.name, keys: 5))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.query"), "gradient of the input")
        try reference.expectGradients(gradients, of: store)
    }

    // scripts/golden/attention.py: PyTorch's nn.MultiheadAttention, keys and values from elsewhere.
    @Test(arguments: try cases.get().filter { $0.name.contains("cross") }) func goldenCrossAttention(
        _ golden: GoldenCase
    ) throws {
        let store = ParameterStore()
        let layer = CrossAttention(store, "attention", try configuration(golden))
        let reference = GoldenLayer(golden: golden, mappings: ParameterMapping.crossAttention("attention", ""))
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("query").tensor, wantsGradient: true)
        let memory = tape.variable(try golden.tensor("memory").tensor, wantsGradient: true)
        let y = layer(x, keysValues: layer.keyValue(memory), mask: mask(golden.name, keys: memory.value.shape[1]))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.query"), "gradient of the queries")
        expectGolden(tape.gradient(of: memory), try golden.tensor("gradient.memory"), "gradient of the memory")
        try reference.expectGradients(gradients, of: store)
    }

    // The hypotheses of a beam over one encoder output give what a copy of it for each would give.
    @Test func sharedKeysAndValues() {
        let store = ParameterStore()
        let layer = CrossAttention(
            store, "attention",
            TransformerConfiguration(modelDimension: 8, headCount: 2, feedForwardDimension: 8, dropout: 0))
        store.randomize(seed: 1)
        let memory = Tensor.random([1, 5, 8], seed: 2)
        let copies = Tensor(memory.values + memory.values + memory.values, shape: [3, 5, 8])
        let x = Tensor.random([3, 2, 8], seed: 3)
        let tape = Tape()
        let shared = layer(
            tape.variable(x), encoded: layer.cache(tape.variable(memory), lengths: [4])
        ).value
        let expected = layer(
            tape.variable(x), keysValues: layer.keyValue(tape.variable(copies)), mask: .padding(lengths: [4, 4, 4])
        ).value
        #expect(shared.shape == [3, 2, 8])
        expectClose(shared.values, expected.values, absolute: 1e-6)
    }
}
