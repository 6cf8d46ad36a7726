import Models
import TestSupport

/// Small Whisper checkpoints of every layout.
extension FuzzSeeds {
    private static let tiny = TinyWhisper()

    /// What is tried: the file that is broken, and the folder that it lies in where that is read; nil: the file itself is read.
    static let whisper: [(name: String, fileName: String, modelName: String?, seeds: [[UInt8]])] = [
        (
            "ct2", "ct2/model.bin", "ct2",
            [
                tiny.cTranslate2(), tiny.cTranslate2(.int8), tiny.cTranslate2(.int16),
                tiny.cTranslate2(.float32, version: 3),
            ]
        ),
        ("ggml", "whisper.ggml", nil, [tiny.ggml(), tiny.ggml(isHalf: false), wideGGML]),
        (
            "pt", "whisper.pt", nil,
            [tiny.openAI(), tiny.openAI(isHalf: false), tiny.openAI(transposed: true), tiny.openAI(isLarge: true)]
        ),
        ("tensors", "hf/model.safetensors", "hf", [huggingFaceTensors]),
        ("config", "hf/config.json", "hf", [Array(TinyWhisper.configuration.utf8)]),
        ("generation", "hf/generation_config.json", "hf", [Array(TinyWhisper.generationConfiguration.utf8)]),
        ("index", "hf-sharded/model.safetensors.index.json", "hf-sharded", [index]),
    ]

    /// The files beside them.
    static let whisperCompanions: [(name: String, bytes: [UInt8])] = [
        ("ct2/config.json", Array(TinyWhisper.cTranslate2Configuration.utf8)), ("ct2/model.bin", tiny.cTranslate2()),
        ("hf/model.safetensors", huggingFaceTensors), ("hf/config.json", Array(TinyWhisper.configuration.utf8)),
        ("hf/generation_config.json", Array(TinyWhisper.generationConfiguration.utf8)),
        ("hf-sharded/a.safetensors", huggingFaceTensors),
    ]

    static let whisperWords =
        tensorWords + [
            "PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "(", "t", "tQ", "R", "cos\nsystem\n",
            "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nHalfStorage\n", "}", "u.",
            "a.safetensors", "../", "weight_map", "encoder/num_heads", "_scale", "encoder.conv1.bias",
        ]

    private static let huggingFaceTensors: [UInt8] = {
        do { return Array(try SafeTensors.data(tiny.huggingFaceTensors)) } catch {
            preconditionFailure("FuzzSeeds: \(error)")
        }
    }()

    private static let index: [UInt8] = Array(
        (#"{"weight_map":{"# + tiny.huggingFaceTensors.map { #""\#($0.name)":"a.safetensors""# }.joined(separator: ",")
            + "}}")
            .utf8)

    /// With matrices as q4_0: 18 bytes for 32 numbers.
    private static let wideGGML = TinyWhisper(width: 32).ggml(blockType: 2) {
        [UInt8](repeating: 0x25, count: $0.values.count / 32 * 18)
    }
}
