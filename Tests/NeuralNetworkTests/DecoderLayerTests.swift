import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct DecoderLayerTests {
    // scripts/golden/transformer_layers.py: PyTorch's nn.TransformerDecoderLayer.
    @Test(arguments: try GoldenFixture.load("decoder_layer").cases) func golden(_ golden: GoldenCase) throws {
        let store = ParameterStore()
        let layer = DecoderLayer(
            store, "layer",
            TransformerConfiguration(
                modelDimension: 8, headCount: Int(try golden.number("headCount")), feedForwardDimension: 16,
                activation: try #require(Activation(rawValue: golden.word("activation"))),
                normalization: try #require(NormalizationPlacement(rawValue: golden.word("norm"))), dropout: 0))
        let reference = GoldenLayer(
            golden: golden,
            mappings: ParameterMapping.selfAttention("layer.self_attention", "self_attn.")
                + ParameterMapping.norm("layer.self_attention_norm", "norm1")
                + ParameterMapping.crossAttention("layer.cross_attention", "multihead_attn.")
                + ParameterMapping.norm("layer.cross_attention_norm", "norm2")
                + ParameterMapping.linear("layer.feed_forward.inner", "linear1")
                + ParameterMapping.linear("layer.feed_forward.outer", "linear2")
                + ParameterMapping.norm("layer.feed_forward_norm", "norm3"))
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(try golden.tensor("input").tensor, wantsGradient: true)
        let memory = tape.variable(try golden.tensor("memory").tensor, wantsGradient: true)
        let y = layer(
            x, mask: AttentionMask(keyCounts: try golden.tensor("lengths").integers, causalOffset: 0),
            keysValues: layer.crossAttention.keyValue(memory),
            encoderMask: .padding(lengths: try golden.tensor("memoryLengths").integers))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        expectGolden(y.value, try golden.tensor("output"), "output")
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        expectGolden(tape.gradient(of: memory), try golden.tensor("gradient.memory"), "gradient of the memory")
        try reference.expectGradients(gradients, of: store)
    }

    @Test(arguments: NormalizationPlacement.allCases) func finiteDifferences(normalization: NormalizationPlacement) {
        let store = ParameterStore()
        let layer = DecoderLayer(
            store, "layer",
            TransformerConfiguration(
                modelDimension: 4, headCount: 2, feedForwardDimension: 6, activation: .gelu,
                normalization: normalization,
                dropout: 0.2))
        store.randomize(seed: 1)
        expectGradients(
            [.random([2, 3, 4], seed: 2), .random([2, 5, 4], seed: 3)], store: store, dropoutKey: RandomKey(seed: 3),
            step: 0x1p-6, tolerance: 3e-3
        ) { _, inputs in
            layer(
                inputs[0], mask: .causal(), keysValues: layer.crossAttention.keyValue(inputs[1]),
                encoderMask: .padding(lengths: [5, 2]))
        }
    }
}
