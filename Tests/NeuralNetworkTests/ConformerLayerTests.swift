import Autograd
import NeuralNetwork
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct ConformerLayerTests {
    private let configuration = TransformerConfiguration(
        modelDimension: 8, headCount: 2, feedForwardDimension: 12, activation: .swish, dropout: 0)

    // scripts/golden/conformer.py: the paper's layer on PyTorch's modules.
    @Test(arguments: try GoldenFixture.load("conformer_layer").cases) func golden(_ golden: GoldenCase) throws {
        let store = ParameterStore()
        let layer = ConformerLayer(store, "layer", configuration, convolutionWidth: 5)
        let reference = GoldenLayer(
            golden: golden,
            mappings: ParameterMapping.norm("layer.first_feed_forward_norm", "first_norm")
                + ParameterMapping.linear("layer.first_feed_forward.inner", "first_inner")
                + ParameterMapping.linear("layer.first_feed_forward.outer", "first_outer")
                + ParameterMapping.norm("layer.self_attention_norm", "attention_norm")
                + ParameterMapping.linear("layer.self_attention.query_key_value", "query_key_value")
                + ParameterMapping.linear("layer.self_attention.output", "attention_output")
                + ParameterMapping.norm("layer.convolution_norm", "convolution_norm")
                + ParameterMapping.linear("layer.convolution.gated", "gated")
                + [
                    ParameterMapping(ours: "layer.convolution.depthwise.weight", theirs: ["depthwise_weight"]),
                    ParameterMapping(ours: "layer.convolution.depthwise.bias", theirs: ["depthwise_bias"]),
                ]
                + ParameterMapping.norm("layer.convolution.norm", "inner_norm")
                + ParameterMapping.linear("layer.convolution.output", "convolution_output")
                + ParameterMapping.norm("layer.second_feed_forward_norm", "second_norm")
                + ParameterMapping.linear("layer.second_feed_forward.inner", "second_inner")
                + ParameterMapping.linear("layer.second_feed_forward.outer", "second_outer")
                + ParameterMapping.norm("layer.final_norm", "final_norm"))
        try reference.fill(store)
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let input = try golden.tensor("input")
        let x = tape.variable(input.tensor, wantsGradient: true)
        let y = layer(
            x, lengths: try golden.tensor("lengths").integers,
            rotation: RotaryPositions(headDimension: 4)(0..<input.shape[1]))
        tape.backward(from: y, gradient: try golden.tensor("upstream").tensor)
        let lengths = try golden.tensor("lengths").integers
        for (b, length) in lengths.enumerated() {
            // What stands at padded positions is nobody's business.
            let size = length * 8
            let expected = try golden.tensor("output").tensor.rows(b..<b + 1).values.prefix(size)
            expectClose(
                Array(y.value.rows(b..<b + 1).values.prefix(size)), Array(expected), absolute: 1e-6, relative: 1e-5,
                "output")
        }
        expectGolden(tape.gradient(of: x), try golden.tensor("gradient.input"), "gradient of the input")
        try reference.expectGradients(gradients, of: store)
    }

    @Test(arguments: [Float(0), 0.4]) func finiteDifferences(skipRate: Float) {
        let store = ParameterStore()
        let layer = ConformerLayer(
            store, "layer",
            TransformerConfiguration(
                modelDimension: 4, headCount: 2, feedForwardDimension: 6, activation: .swish, dropout: 0.2),
            convolutionWidth: 3, skipRate: skipRate)
        store.randomize(seed: 1)
        expectGradients(
            [.random([2, 3, 4], seed: 2)], store: store, dropoutKey: RandomKey(seed: 3), step: 0x1p-6, tolerance: 3e-3
        ) { _, inputs in
            layer(inputs[0], lengths: [3, 2], rotation: RotaryPositions(headDimension: 2)(0..<3))
        }
    }
}
