import FoundationEssentials
import Recognition
import Tensors
import Testing

@Suite struct SpeechModelTests {
    /// Writes a model folder and returns its path.
    private static func folder(_ model: SpeechModel) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in try model.files() { try file.content.write(to: folder.appending(path: file.name)) }
        return folder.path
    }

    @Test func readsBackWhatItWrites() throws {
        let model = try TinyModel.model()
        let read = try SpeechModel(directory: Self.folder(model))
        #expect(read.description == model.description)
        #expect(read.vocabulary == model.vocabulary)
        #expect(read.fingerprint == model.fingerprint)
        #expect(try read.fingerprint != TinyModel.model(seed: 2).fingerprint)
    }

    @Test(arguments: ["config.json", "vocabulary.json", "model.safetensors"])
    func namesTheFileThatIsMissing(name: String) throws {
        let folder = try Self.folder(TinyModel.model())
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        let error = #expect(throws: ModelError.self) { try SpeechModel(directory: folder) }
        #expect(error?.description.contains("\(folder)/\(name)") == true)
    }

    /// One replaced text in one file each: what must be refused, and a word of the message.
    @Test(arguments: [
        ("config.json", #""modelDimension" : 16"#, #""modelDimension" : 17"#, "headCount"),
        ("config.json", #""modelDimension" : 16"#, #""modelDimension" : 32"#, "shape"),
        ("config.json", #""encoderLayerCount" : 2"#, #""encoderLayerCount" : 3"#, "encoder.layers.2"),
        ("config.json", #""encoderLayerCount" : 2"#, #""encoderLayerCount" : 1"#, "does not know"),
        ("config.json", #""encoderLayerCount" : 2"#, #""encoderLayerCount" : "two""#, "encoderLayerCount"),
        ("config.json", #""formatVersion" : 1"#, #""formatVersion" : 2"#, "format version 2"),
        ("config.json", #""kind" : "whisper""#, #""kind" : "kaldi""#, "was trained on features"),
        ("vocabulary.json", #""c""#, #""a""#, "twice"),
    ])
    func refusesAFolderThatContradictsItself(name: String, old: String, new: String, word: String) throws {
        let folder = try Self.folder(TinyModel.model())
        let path = "\(folder)/\(name)"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try #require(text.contains(old), "\(text)")
        let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        try Data("\(parts[0])\(new)\(parts[1])".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ModelError.self) { try SpeechModel(directory: folder) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
}
