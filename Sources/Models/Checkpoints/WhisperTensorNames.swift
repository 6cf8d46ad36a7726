/// What each tensor of Whisper is called: here, by Hugging Face, by openai/whisper (and ggml), and by CTranslate2.
///
/// This is the only place that knows it. Hugging Face's names stand here without the prefix `model.`, which some files lack.
struct WhisperTensorNames: Sendable {
    /// A tensor as Hugging Face and openai/whisper divide them. Here and in CTranslate2 it may be one of several that are joined along
    /// their first axis.
    struct Row: Sendable {
        let huggingFace: String
        let openAI: String
        let cTranslate2: Joined
        let ours: Joined
        let shape: [Int]
        /// A convolution's weight: [output, input, width] there, [output, width * input] here.
        var isConvolution = false
    }

    /// A place in a tensor that is made of `count` tensors.
    struct Joined: Sendable {
        let name: String
        var part = 0
        var count = 1
    }

    /// In the order of the network.
    let rows: [Row]

    /// The names of a model of these sizes.
    init(_ dimensions: WhisperDimensions) {
        let (model, inner) = (dimensions.modelDimension, dimensions.feedForwardDimension)
        var rows: [Row] = []

        /// A stack, or a layer of one: what its names begin with.
        struct Scope {
            var huggingFace: String, openAI: String, cTranslate2: String, ours: String
        }
        func tensor(
            _ scope: Scope, _ huggingFace: String, _ openAI: String, _ cTranslate2: Joined, _ ours: Joined,
            _ shape: [Int],
            isConvolution: Bool = false
        ) {
            rows.append(
                Row(
                    huggingFace: scope.huggingFace + huggingFace, openAI: scope.openAI + openAI,
                    cTranslate2: Joined(
                        name: scope.cTranslate2 + cTranslate2.name, part: cTranslate2.part, count: cTranslate2.count),
                    ours: Joined(name: scope.ours + ours.name, part: ours.part, count: ours.count), shape: shape,
                    isConvolution: isConvolution))
        }
        /// A linear map of `input` to `output` features; `part` of `count` that are joined.
        func linear(
            _ scope: Scope, _ huggingFace: String, _ openAI: String, _ cTranslate2: String, _ ours: String,
            part: Int = 0,
            of count: Int = 1, output: Int, input: Int, hasBias: Bool = true
        ) {
            for name in hasBias ? ["weight", "bias"] : ["weight"] {
                tensor(
                    scope, "\(huggingFace).\(name)", "\(openAI).\(name)",
                    Joined(name: "\(cTranslate2)/\(name)", part: part, count: count),
                    Joined(name: "\(ours).\(name)", part: part, count: count),
                    name == "weight" ? [output, input] : [output])
            }
        }
        func norm(
            _ scope: Scope, _ huggingFace: String, _ openAI: String, _ cTranslate2: String, _ ours: String
        ) {
            for (theirs, cTranslate2Name, name) in [("weight", "gamma", "scale"), ("bias", "beta", "shift")] {
                tensor(
                    scope, "\(huggingFace).\(theirs)", "\(openAI).\(theirs)",
                    Joined(name: "\(cTranslate2)/\(cTranslate2Name)"), Joined(name: "\(ours).\(name)"), [model])
            }
        }
        func convolution(_ scope: Scope, _ index: Int, input: Int) {
            tensor(
                scope, "conv\(index + 1).weight", "conv\(index + 1).weight", Joined(name: "conv\(index + 1)/weight"),
                Joined(name: "subsampling.\(index).weight"), [model, input, Self.convolutionWidth], isConvolution: true)
            tensor(
                scope, "conv\(index + 1).bias", "conv\(index + 1).bias", Joined(name: "conv\(index + 1)/bias"),
                Joined(name: "subsampling.\(index).bias"), [model])
        }
        func positions(_ scope: Scope, count: Int) {
            tensor(
                scope, "embed_positions.weight", "positional_embedding", Joined(name: "position_encodings/encodings"),
                Joined(name: "positions"), [count, model])
        }
        func selfAttention(_ layer: Scope) {
            // Keys have no bias: it would add the same to all scores of a query.
            for (part, (theirs, openAI)) in [("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value")].enumerated() {
                linear(
                    layer, "self_attn.\(theirs)", "attn.\(openAI)", "self_attention/linear_0",
                    "self_attention.query_key_value", part: part, of: 3, output: model, input: model, hasBias: part != 1
                )
            }
            linear(
                layer, "self_attn.out_proj", "attn.out", "self_attention/linear_1", "self_attention.output",
                output: model, input: model)
            norm(layer, "self_attn_layer_norm", "attn_ln", "self_attention/layer_norm", "self_attention_norm")
        }
        func crossAttention(_ layer: Scope) {
            linear(
                layer, "encoder_attn.q_proj", "cross_attn.query", "attention/linear_0", "cross_attention.query",
                output: model, input: model)
            for (part, (theirs, openAI)) in [("k_proj", "key"), ("v_proj", "value")].enumerated() {
                linear(
                    layer, "encoder_attn.\(theirs)", "cross_attn.\(openAI)", "attention/linear_1",
                    "cross_attention.key_value", part: part, of: 2, output: model, input: model, hasBias: part != 0)
            }
            linear(
                layer, "encoder_attn.out_proj", "cross_attn.out", "attention/linear_2", "cross_attention.output",
                output: model, input: model)
            norm(layer, "encoder_attn_layer_norm", "cross_attn_ln", "attention/layer_norm", "cross_attention_norm")
        }
        func feedForward(_ layer: Scope) {
            linear(layer, "fc1", "mlp.0", "ffn/linear_0", "feed_forward.inner", output: inner, input: model)
            linear(layer, "fc2", "mlp.2", "ffn/linear_1", "feed_forward.outer", output: model, input: inner)
            norm(layer, "final_layer_norm", "mlp_ln", "ffn/layer_norm", "feed_forward_norm")
        }
        func layer(_ stack: String, _ index: Int) -> Scope {
            Scope(
                huggingFace: "\(stack).layers.\(index).", openAI: "\(stack).blocks.\(index).",
                cTranslate2: "\(stack)/layer_\(index)/", ours: "\(stack).layers.\(index).")
        }
        func stack(_ name: String, ours: String) -> Scope {
            Scope(huggingFace: "\(name).", openAI: "\(name).", cTranslate2: "\(name)/", ours: ours)
        }

        // The convolutions belong to the encoder there.
        convolution(stack("encoder", ours: ""), 0, input: dimensions.melBinCount)
        convolution(stack("encoder", ours: ""), 1, input: model)
        let encoder = stack("encoder", ours: "encoder.")
        positions(encoder, count: dimensions.encoderPositionCount)
        for index in 0..<dimensions.encoderLayerCount {
            selfAttention(layer("encoder", index))
            feedForward(layer("encoder", index))
        }
        norm(encoder, "layer_norm", "ln_post", "layer_norm", "final_norm")

        let decoder = stack("decoder", ours: "decoder.")
        tensor(
            decoder, "embed_tokens.weight", "token_embedding.weight", Joined(name: "embeddings/weight"),
            Joined(name: "embedding.weight"), [dimensions.vocabularySize, model])
        positions(decoder, count: dimensions.decoderPositionCount)
        for index in 0..<dimensions.decoderLayerCount {
            selfAttention(layer("decoder", index))
            crossAttention(layer("decoder", index))
            feedForward(layer("decoder", index))
        }
        norm(decoder, "layer_norm", "ln", "layer_norm", "final_norm")
        self.rows = rows
    }

    /// Frames that a convolution looks at.
    static let convolutionWidth = 3
    /// The prefix that Hugging Face's names have in most files.
    static let huggingFacePrefix = "model."
    /// Hugging Face's output projection, which is the embedding of the tokens.
    static let tiedOutput = "proj_out.weight"
}
