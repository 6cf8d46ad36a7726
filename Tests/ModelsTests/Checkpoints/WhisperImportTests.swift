import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Import of a model with a vocabulary of the size of the English models, and what export gives back.
@Suite struct WhisperImportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// 256 bytes and 50,000 pairs of bytes: as many ordinary tokens as English models have.
    private static let tokens: [[UInt8]] =
        (0..<256).map { [UInt8($0)] } + (0..<50_000).map { [UInt8($0 / 256), UInt8($0 % 256)] }

    private func ggml(scale: Float = 1) throws -> (TinyWhisper, String) {
        let tiny = TinyWhisper(vocabularySize: 51_864, scale: scale)
        return (tiny, try folder.write("tiny.bin", bytes: tiny.ggml(isHalf: scale == 1, tokens: Self.tokens)))
    }

    private func content(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
    }

    @Test func importedFolderIsAModel() throws {
        let (tiny, path) = try ggml()
        try ModelFolder.importWhisper(path, output: folder.path + "/model")
        let model = try SpeechModel(directory: folder.path + "/model")
        #expect(model.whisper?.special.startOfTranscript == 50_257)
        #expect(model.configuration.frontend.melBinCount == tiny.melBinCount)
        #expect(model.configuration.longestTokenCount == tiny.decoderPositionCount)
        let embedding = try #require(
            model.network.parameters.parameters.first { $0.name == "decoder.embedding.weight" })
        #expect(embedding.value.values == tiny["decoder.token_embedding.weight"].values)
        // A folder that has a model is left as it is.
        #expect(throws: ModelError.self) { try ModelFolder.importWhisper(path, output: folder.path + "/model") }
    }

    // What was imported, exported and imported again is the same file: with halves, and with thirds, which are none.
    @Test(arguments: [1, 1 / 3] as [Float]) func exportGivesBackWhatWasImported(scale: Float) throws {
        let (_, path) = try ggml(scale: scale)
        try ModelFolder.importWhisper(path, output: folder.path + "/model")
        let model = try SpeechModel(directory: folder.path + "/model")
        try ModelFolder.exportGGML(model, to: folder.path + "/back.bin")
        try ModelFolder.exportHuggingFace(model, output: folder.path + "/hf")
        for (name, output) in [("back.bin", "again"), ("hf", "once-more")] {
            try ModelFolder.importWhisper("\(folder.path)/\(name)", output: "\(folder.path)/\(output)")
            for file in ["model.safetensors", "vocabulary.json", "config.json"] {
                #expect(try content("\(output)/\(file)") == content("model/\(file)"), "\(name), \(file)")
            }
        }
        let types = Set(try SafeTensors(path: folder.path + "/hf/model.safetensors").entries.map(\.elementType))
        #expect(types == [scale == 1 ? "F16" : "F32"])
        // 4 filters of 201 numbers stand behind 12 numbers and their own 2; each filter has an area, so no row is 0.
        let bytes = try content("back.bin")
        for filter in 0..<4 {
            let first = 56 + 4 * 201 * filter
            #expect(bytes[first..<first + 4 * 201].contains { $0 != 0 })
        }
    }

    // The keys that transformers looks for, with the numbers of English models (openai/whisper, tokenizer.py).
    @Test func configurationsForTransformers() throws {
        let (tiny, path) = try ggml()
        try ModelFolder.importWhisper(path, output: folder.path + "/model")
        try ModelFolder.exportHuggingFace(SpeechModel(directory: folder.path + "/model"), output: folder.path + "/hf")
        func object(_ name: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: content("hf/\(name)")) as? [String: Any])
        }
        let configuration = try object("config.json")
        #expect(configuration["model_type"] as? String == "whisper")
        #expect(configuration["d_model"] as? Int == tiny.width)
        #expect(configuration["encoder_ffn_dim"] as? Int == 4 * tiny.width)
        #expect(configuration["vocab_size"] as? Int == 51_864)
        #expect(configuration["decoder_start_token_id"] as? Int == 50_257)
        let generation = try object("generation_config.json")
        #expect(generation["no_timestamps_token_id"] as? Int == 50_362)
        #expect(generation["prev_sot_token_id"] as? Int == 50_360)
        #expect(generation["is_multilingual"] as? Bool == false)
        #expect(generation["lang_to_id"] == nil)
        let preprocessor = try object("preprocessor_config.json")
        #expect(preprocessor["n_fft"] as? Int == 400)
        #expect(preprocessor["feature_size"] as? Int == tiny.melBinCount)
    }

    @Test func tokensThatAreMissingOrOthers() throws {
        let tiny = TinyWhisper()
        let path = try folder.write("tiny.pt", bytes: tiny.openAI())
        let error = #expect(throws: ModelError.self) {
            try ModelFolder.importWhisper(path, output: folder.path + "/model")
        }
        #expect(error?.description.contains("--tokens") == true)
        let other = try folder.write("tiny.bin", bytes: tiny.ggml())
        #expect(throws: (any Error).self) { try ModelFolder.importWhisper(other, output: folder.path + "/model") }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/model"))
    }

    @Test func otherModelsAreNotExported() throws {
        let error = #expect(throws: ModelError.self) {
            try ModelFolder.exportGGML(TinyModel.model(), to: folder.path + "/x.bin")
        }
        #expect(error?.description.contains("characters") == true)
    }
}
