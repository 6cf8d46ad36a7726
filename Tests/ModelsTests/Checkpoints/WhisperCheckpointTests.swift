import Foundation
import Models
import NeuralNetwork
import Tensors
import TestSupport
import Testing

/// The values of a parameter.
private func values(_ parameter: WhisperParameter) -> [Float] {
    var values = [Float](repeating: .nan, count: parameter.count)
    values.withUnsafeMutableBufferPointer { parameter.read(into: $0.baseAddress!) }
    return values
}

@Suite struct WhisperCheckpointTests {
    private let folder: TemporaryFolder
    private let tiny = TinyWhisper()

    init() throws { folder = try TemporaryFolder() }

    /// The same model in every layout, by what to call it.
    private func paths(of tiny: TinyWhisper) throws -> [(String, String)] {
        try tiny.writeHuggingFace(folder, "hf")
        try folder.write("ct2/config.json", TinyWhisper.cTranslate2Configuration)
        var paths = [("Hugging Face", folder.path + "/hf")]
        for type in [TinyWhisper.CTranslate2Type.float32, .int8, .int16, .float16, .bfloat16] {
            try folder.write("ct2-\(type)/model.bin", bytes: tiny.cTranslate2(type))
            try folder.write("ct2-\(type)/config.json", TinyWhisper.cTranslate2Configuration)
            paths.append(("CTranslate2 \(type)", folder.path + "/ct2-\(type)"))
        }
        for version: UInt32 in 1...5 {
            try folder.write("ct2-v\(version)/model.bin", bytes: tiny.cTranslate2(.float32, version: version))
            paths.append(("CTranslate2 version \(version)", folder.path + "/ct2-v\(version)"))
        }
        for isHalf in [false, true] {
            paths.append(("ggml", try folder.write("ggml-\(isHalf)", bytes: tiny.ggml(isHalf: isHalf))))
            paths.append(("PyTorch", try folder.write("pt-\(isHalf)", bytes: tiny.openAI(isHalf: isHalf))))
        }
        paths.append(("PyTorch, transposed", try folder.write("pt-t", bytes: tiny.openAI(transposed: true))))
        paths.append(("PyTorch, zip64", try folder.write("pt-64", bytes: tiny.openAI(isLarge: true))))
        return paths
    }

    @Test func everyLayoutGivesTheSameFile() throws {
        var first: Data?
        for (name, path) in try paths(of: tiny) {
            let checkpoint = try WhisperCheckpoint.read(path)
            #expect(checkpoint.dimensions == tiny.dimensions, "\(name)")
            let output = folder.path + "/out.safetensors"
            try checkpoint.writeWeights(to: output)
            let content = try Data(contentsOf: URL(filePath: output))
            #expect(content == first ?? content, "\(name)")
            first = first ?? content
        }
        let file = try SafeTensors(path: folder.path + "/out.safetensors")
        #expect(Set(file.entries.map(\.elementType)) == ["F16"])
    }

    // The names and shapes are those that the network declares.
    @Test func parametersAreThoseOfTheNetwork() throws {
        try tiny.writeHuggingFace(folder, "hf")
        let checkpoint = try WhisperCheckpoint.read(folder.path + "/hf")
        var configuration = ModelConfiguration()
        configuration.frontend.melBinCount = tiny.melBinCount
        configuration.subsamplingStrides = [1, 2]
        configuration.encoderLayerCount = 1
        configuration.decoderLayerCount = 1
        configuration.hasCTCOutput = false
        configuration.transformer = TransformerConfiguration(
            modelDimension: tiny.width, headCount: tiny.headCount, feedForwardDimension: 4 * tiny.width,
            normalization: .pre)
        configuration.encoder = EncoderConfiguration(positions: .learned, positionCount: tiny.encoderPositionCount)
        configuration.decoder = DecoderConfiguration(
            positions: .learned, positionCount: tiny.decoderPositionCount, scalesEmbedding: false, hasOutputBias: false)
        let network = EncoderDecoder(configuration, vocabularySize: tiny.vocabularySize)
        let expected = Dictionary(uniqueKeysWithValues: network.parameters.parameters.map { ($0.name, $0.shape) })
        let actual = Dictionary(uniqueKeysWithValues: checkpoint.parameters.map { ($0.name, $0.shape) })
        #expect(actual == expected)
    }

    // What is where follows from the definitions: projections one under the other, a bias of 0 for keys, and windows of a convolution
    // frame after frame.
    @Test func parametersAreMadeOfTheRightTensors() throws {
        try folder.write("ct2/model.bin", bytes: tiny.cTranslate2())
        let checkpoint = try WhisperCheckpoint.read(folder.path + "/ct2")
        func parameter(_ name: String) throws -> [Float] {
            values(try #require(checkpoint.parameters.first { $0.name == name }))
        }
        let zeros = [Float](repeating: 0, count: tiny.width)
        for block in ["encoder", "decoder"] {
            let attention = "\(block).blocks.0.attn"
            let ours = "\(block).layers.0.self_attention"
            #expect(
                try parameter("\(ours).query_key_value.weight")
                    == tiny["\(attention).query.weight"].values + tiny["\(attention).key.weight"].values
                    + tiny["\(attention).value.weight"].values)
            #expect(
                try parameter("\(ours).query_key_value.bias")
                    == tiny["\(attention).query.bias"].values + zeros + tiny["\(attention).value.bias"].values)
            #expect(try parameter("\(ours).output.weight") == tiny["\(attention).out.weight"].values)
            #expect(try parameter("\(ours)_norm.shift") == tiny["\(attention)_ln.bias"].values)
            #expect(
                try parameter("\(block).layers.0.feed_forward.inner.bias")
                    == tiny["\(block).blocks.0.mlp.0.bias"].values)
            #expect(try parameter("\(block).positions") == tiny["\(block).positional_embedding"].values)
        }
        let cross = "decoder.blocks.0.cross_attn"
        #expect(
            try parameter("decoder.layers.0.cross_attention.key_value.weight")
                == tiny["\(cross).key.weight"].values + tiny["\(cross).value.weight"].values)
        #expect(
            try parameter("decoder.layers.0.cross_attention.key_value.bias")
                == zeros + tiny["\(cross).value.bias"].values)
        #expect(try parameter("decoder.layers.0.cross_attention.query.weight") == tiny["\(cross).query.weight"].values)
        let convolution = tiny["encoder.conv1.weight"]  // [output, input, frame]
        let weights = try parameter("subsampling.0.weight")
        for output in 0..<tiny.width {
            for input in 0..<tiny.melBinCount {
                for frame in 0..<3 {
                    #expect(
                        weights[(output * 3 + frame) * tiny.melBinCount + input]
                            == convolution.values[(output * tiny.melBinCount + input) * 3 + frame])
                }
            }
        }
    }

    // Multiples of 1/64 up to 1 are q8_0's integers up to 64 with the scale 1/64 (0x2400 as a half): nothing is lost.
    @Test func blocksGiveTheSameFileWhereTheyLoseNothing() throws {
        let wide = TinyWhisper(width: 32)
        let blocks = try folder.write(
            "q8_0",
            bytes: wide.ggml(blockType: 8) { entry in
                stride(from: 0, to: entry.values.count, by: 32).flatMap { (first: Int) -> [UInt8] in
                    [0x00, 0x24] + entry.values[first..<first + 32].map { UInt8(bitPattern: Int8($0 * 64)) }
                }
            })
        let halves = try folder.write("f16", bytes: wide.ggml())
        var files: [Data] = []
        for path in [blocks, halves] {
            try WhisperCheckpoint.read(path).writeWeights(to: folder.path + "/out.safetensors")
            files.append(try Data(contentsOf: URL(filePath: folder.path + "/out.safetensors")))
        }
        #expect(files[0] == files[1])
        #expect(wide.ggml(blockType: 8) { _ in [] }.count < wide.ggml().count)
    }

    // 1/3 is no half: a tensor with one such number is F32, all others stay F16. Joined tensors are one.
    @Test func typeIsThatOfTheValues() throws {
        let third = TinyWhisper(scale: 1 / 3)
        try third.writeHuggingFace(folder, "hf")
        try WhisperCheckpoint.read(folder.path + "/hf").writeWeights(to: folder.path + "/out.safetensors")
        let file = try SafeTensors(path: folder.path + "/out.safetensors")
        #expect(Set(file.entries.map(\.elementType)) == ["F32"])
        let table = Tensor(zeros: [third.vocabularySize, third.width])
        try file.read("decoder.embedding.weight", into: table)
        #expect(table.values == third["decoder.token_embedding.weight"].values)
    }

    @Test func refusesValuesThatAreNotFinite() throws {
        let tensors = tiny.huggingFaceTensors
        tensors[1].value.floats[5] = .infinity
        try folder.write("hf/model.safetensors", bytes: Array(try SafeTensors.data(tensors)))
        try folder.write("hf/config.json", TinyWhisper.configuration)
        let checkpoint = try WhisperCheckpoint.read(folder.path + "/hf")
        let error = #expect(throws: ModelError.self) {
            try checkpoint.writeWeights(to: folder.path + "/out.safetensors")
        }
        #expect(error?.description.contains("is inf") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.safetensors"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.safetensors.part"))
    }

    @Test func tellsWhatIsAtAPath() throws {
        for (name, path) in try paths(of: tiny) {
            let layout = WhisperCheckpoint.layout(of: path)
            let expected: WhisperCheckpoint.Layout =
                name.hasPrefix("CT")
                ? .cTranslate2 : name.hasPrefix("Py") ? .openAI : name == "ggml" ? .ggml : .huggingFace
            #expect(layout == expected, "\(name)")
        }
        let other = try folder.write("other", "GGUF, which is something else")
        #expect(WhisperCheckpoint.layout(of: other) == nil)
        let error = #expect(throws: ModelError.self) { try WhisperCheckpoint.read(other) }
        let text = error?.description ?? ""
        #expect(WhisperCheckpoint.Layout.allCases.allSatisfy { text.contains($0.rawValue) }, "\(text)")
        #expect(throws: ModelError.self) { try WhisperCheckpoint.read("/nonexistent") }
        for (name, content) in try TinyModel.model().files() { try folder.write("own/\(name)", bytes: Array(content)) }
        let own = folder.path + "/own"
        #expect(WhisperCheckpoint.layout(of: own) == nil)
        // Still so without its config.json; but another's config.json, or another's tokens, make it another's.
        try FileManager.default.removeItem(atPath: own + "/config.json")
        #expect(WhisperCheckpoint.layout(of: own) == nil)
        try folder.write("own/vocab.json", "{}")
        #expect(WhisperCheckpoint.layout(of: own) == .huggingFace)
        try FileManager.default.removeItem(atPath: own + "/vocab.json")
        try folder.write("own/config.json", "{\"d_model\": 8}")
        #expect(WhisperCheckpoint.layout(of: own) == .huggingFace)
    }

    /// A folder with real weights in every layout, as scripts/golden/whisper_layouts.py writes it from a CTranslate2 folder.
    private static let layouts = ProcessInfo.processInfo.environment["ASR_WHISPER_LAYOUTS"]

    @Test(.enabled(if: layouts != nil)) func realWeightsGiveTheSameFileFromEveryLayout() throws {
        var first: Data?
        for name in ["hf", "hf-sharded", "hf-bin", "openai.pt", "ggml-f16.bin", "ggml-f32.bin", "ct2", "ct2-float32"] {
            let checkpoint = try WhisperCheckpoint.read("\(Self.layouts!)/\(name)")
            let output = folder.path + "/out.safetensors"
            try checkpoint.writeWeights(to: output)
            let content = try Data(contentsOf: URL(filePath: output))
            #expect(content == first ?? content, "\(name)")
            first = first ?? content
        }
    }
}
