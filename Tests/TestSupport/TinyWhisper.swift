import Models

/// A Whisper model small enough for a test: its tensors by openai/whisper's names, with values that follow from names and places and are
/// halves.
public struct TinyWhisper: Sendable {
    public let width: Int
    public let melBinCount = 4
    public let vocabularySize: Int
    public let headCount = 2
    public let encoderPositionCount = 6
    public let decoderPositionCount = 5
    public var dimensions: WhisperDimensions {
        WhisperDimensions(
            melBinCount: melBinCount, vocabularySize: vocabularySize, modelDimension: width, headCount: headCount,
            feedForwardDimension: 4 * width, encoderLayerCount: 1, decoderLayerCount: 1,
            encoderPositionCount: encoderPositionCount, decoderPositionCount: decoderPositionCount)
    }

    /// A tensor by openai/whisper's name.
    public struct Entry: Sendable {
        public let name: String
        public let shape: [Int]
        public let values: [Float]
    }

    /// In the order of openai/whisper's state dictionary.
    public let entries: [Entry]

    public init(width: Int = 8, vocabularySize: Int = 20, scale: Float = 1) {
        self.width = width
        self.vocabularySize = vocabularySize
        var shapes: [(String, [Int])] = []
        func linear(_ name: String, _ output: Int, _ input: Int, hasBias: Bool = true) {
            shapes.append((name + ".weight", [output, input]))
            if hasBias { shapes.append((name + ".bias", [output])) }
        }
        func norm(_ name: String) { shapes += [(name + ".weight", [width]), (name + ".bias", [width])] }
        func attention(_ name: String) {
            for part in ["query", "key", "value", "out"] {
                linear("\(name).\(part)", width, width, hasBias: part != "key")
            }
            norm(name + "_ln")
        }
        func feedForward(_ block: String) {
            linear(block + ".mlp.0", 4 * width, width)
            linear(block + ".mlp.2", width, 4 * width)
            norm(block + ".mlp_ln")
        }
        shapes += [
            ("encoder.positional_embedding", [encoderPositionCount, width]),
            ("encoder.conv1.weight", [width, melBinCount, 3]), ("encoder.conv1.bias", [width]),
            ("encoder.conv2.weight", [width, width, 3]), ("encoder.conv2.bias", [width]),
        ]
        attention("encoder.blocks.0.attn")
        feedForward("encoder.blocks.0")
        norm("encoder.ln_post")
        shapes += [
            ("decoder.positional_embedding", [decoderPositionCount, width]),
            ("decoder.token_embedding.weight", [vocabularySize, width]),
        ]
        attention("decoder.blocks.0.attn")
        attention("decoder.blocks.0.cross_attn")
        feedForward("decoder.blocks.0")
        norm("decoder.ln")
        entries = shapes.enumerated().map { place, entry in
            let count = entry.1.reduce(1, *)
            // Multiples of 1/64 from -1 to 1: each is a half, and a bfloat16.
            let values = (0..<count).map { scale * Float(($0 * 37 + place * 11) % 129 - 64) / 64 }
            return Entry(name: entry.0, shape: entry.1, values: values)
        }
    }

    /// The tensor of openai/whisper's name.
    public subscript(_ name: String) -> Entry { entries.first { $0.name == name }! }

    /// As Hugging Face calls it.
    public static func huggingFaceName(_ name: String) -> String {
        let words = [
            ("blocks", "layers"), ("cross_attn_ln", "encoder_attn_layer_norm"), ("attn_ln", "self_attn_layer_norm"),
            ("mlp_ln", "final_layer_norm"), ("cross_attn.", "encoder_attn."), (".attn.", ".self_attn."),
            (".query", ".q_proj"), (".key", ".k_proj"), (".value", ".v_proj"), (".out.", ".out_proj."),
            ("mlp.0", "fc1"),
            ("mlp.2", "fc2"), ("ln_post", "layer_norm"), ("decoder.ln.", "decoder.layer_norm."),
            ("positional_embedding", "embed_positions.weight"), ("token_embedding", "embed_tokens"),
        ]
        return "model." + words.reduce(name) { $0.replacing($1.0, with: $1.1) }
    }

    /// The variables as CTranslate2 has them: projections of attention joined, a bias of 0 for keys.
    public var cTranslate2Variables: [Entry] {
        var variables: [Entry] = []
        func joined(_ name: String, _ sources: [String], _ kind: String) {
            let parts = sources.map { source in
                entries.first { $0.name == "\(source).\(kind)" }
                    ?? Entry(name: source, shape: [width], values: Array(repeating: 0, count: width))
            }
            let shape = [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst()
            variables.append(Entry(name: "\(name)/\(kind)", shape: shape, values: parts.flatMap(\.values)))
        }
        func linear(_ name: String, _ sources: [String]) {
            joined(name, sources, "weight")
            joined(name, sources, "bias")
        }
        func norm(_ name: String, _ source: String) {
            for (kind, theirs) in [("weight", "gamma"), ("bias", "beta")] {
                let entry = self["\(source).\(kind)"]
                variables.append(Entry(name: "\(name)/\(theirs)", shape: entry.shape, values: entry.values))
            }
        }
        func plain(_ name: String, _ source: String) {
            variables.append(Entry(name: name, shape: self[source].shape, values: self[source].values))
        }
        for stack in ["encoder", "decoder"] {
            let (layer, block) = ("\(stack)/layer_0", "\(stack).blocks.0")
            plain("\(stack)/position_encodings/encodings", "\(stack).positional_embedding")
            linear("\(layer)/self_attention/linear_0", ["query", "key", "value"].map { "\(block).attn.\($0)" })
            linear("\(layer)/self_attention/linear_1", ["\(block).attn.out"])
            norm("\(layer)/self_attention/layer_norm", "\(block).attn_ln")
            linear("\(layer)/ffn/linear_0", ["\(block).mlp.0"])
            linear("\(layer)/ffn/linear_1", ["\(block).mlp.2"])
            norm("\(layer)/ffn/layer_norm", "\(block).mlp_ln")
            norm("\(stack)/layer_norm", stack == "encoder" ? "encoder.ln_post" : "decoder.ln")
        }
        linear("encoder/conv1", ["encoder.conv1"])
        linear("encoder/conv2", ["encoder.conv2"])
        plain("decoder/embeddings/weight", "decoder.token_embedding.weight")
        linear("decoder/layer_0/attention/linear_0", ["decoder.blocks.0.cross_attn.query"])
        linear("decoder/layer_0/attention/linear_1", ["key", "value"].map { "decoder.blocks.0.cross_attn.\($0)" })
        linear("decoder/layer_0/attention/linear_2", ["decoder.blocks.0.cross_attn.out"])
        norm("decoder/layer_0/attention/layer_norm", "decoder.blocks.0.cross_attn_ln")
        return variables.sorted { $0.name < $1.name }
    }
}
