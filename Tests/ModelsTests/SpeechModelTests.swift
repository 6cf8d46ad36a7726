import Files
import FoundationEssentials
import Models
import Tensors
import TestSupport
import Testing

@Suite struct SpeechModelTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    /// Writes a model folder and returns its path.
    private func modelFolder(_ model: SpeechModel) throws -> String {
        for file in try model.files() { try temporary.write(file.name, bytes: Array(file.content)) }
        return temporary.path
    }

    @Test func readsBackWhatItWrites() throws {
        let model = try TinyModel.model()
        let read = try SpeechModel(directory: modelFolder(model))
        #expect(read.description == model.description)
        #expect(read.vocabulary == model.vocabulary)
        #expect(read.fingerprint == model.fingerprint)
        #expect(try read.fingerprint != TinyModel.model(seed: 2).fingerprint)
    }

    /// Matrices have 8 bits, in blocks that share an exponent; all else is as it was. Stored once more, nothing changes.
    @Test func matricesInBlocksOfEightBits() throws {
        let model = try TinyModel.model()
        func stored(_ model: SpeechModel, _ name: String) throws -> SpeechModel {
            for file in try model.files(format: .int8) {
                try temporary.write("\(name)/\(file.name)", bytes: Array(file.content))
            }
            return try SpeechModel(directory: "\(temporary.path)/\(name)")
        }
        let read = try stored(model, "first")
        var matrixCount = 0
        for (parameter, original) in zip(
            read.network.parameters.parameters, model.network.parameters.parameters)
        {
            let (values, expected) = (parameter.value.values, original.value.values)
            guard parameter.shape.count > 1 else {
                #expect(values == expected, "\(parameter.name)")
                continue
            }
            matrixCount += 1
            #expect(values != expected, "\(parameter.name)")
            expectClose(values, expected, absolute: expected.map(abs).max()! / 128, "\(parameter.name)")
        }
        #expect(matrixCount > 10)
        #expect(try stored(read, "second").fingerprint == read.fingerprint)
        let size =
            try FileManager.default.attributesOfItem(
                atPath: "\(temporary.path)/first/model.safetensors")[.size] as? Int
        let whole = try model.files().first { $0.name == "model.safetensors" }!.content.count
        #expect(try #require(size) < whole / 2)
    }

    /// The embedding has 4 bits, all else what it has in blocks of 8 bits. Stored once more, nothing changes.
    @Test func embeddingInBlocksOfFourBits() throws {
        func stored(_ model: SpeechModel, _ name: String) throws -> SpeechModel {
            for file in try model.files(format: .int8FourBitEmbedding) {
                try temporary.write("\(name)/\(file.name)", bytes: Array(file.content))
            }
            return try SpeechModel(directory: "\(temporary.path)/\(name)")
        }
        let model = try TinyModel.model()
        let read = try stored(model, "first")
        let file = try SafeTensors(path: "\(temporary.path)/first/model.safetensors")
        #expect(file.entries.filter { $0.elementType == "F4" }.map(\.name) == ["decoder.embedding.weight"])
        for (parameter, original) in zip(
            read.network.parameters.parameters, model.network.parameters.parameters)
        where parameter.shape.count > 1 {
            let (values, expected) = (parameter.value.values, original.value.values)
            // Of 4 bits the step is at most a third of the largest, of 8 bits a 64th; half of it is the error.
            let steps: Float = parameter.name == "decoder.embedding.weight" ? 3 : 64
            #expect(values != expected)
            expectClose(values, expected, absolute: expected.map(abs).max()! / steps / 2, parameter.name)
        }
        #expect(try stored(read, "second").fingerprint == read.fingerprint)
    }

    /// An exponent that no block can have, and none at all; a number of bits that is not there.
    @Test(
        arguments: [
            ("exponents", "exponemts", WeightFormat.int8), ("I8", "U8", .int8),
            ("weight.exponents", "weight.exponemts", .int8FourBitEmbedding), ("F4", "I8", .int8FourBitEmbedding),
        ])
    func brokenBlocksAreRefused(word: String, other: String, format: WeightFormat) throws {
        let folder = temporary.path
        for file in try TinyModel.model().files(format: format) {
            var bytes = Array(file.content)
            if file.name == "model.safetensors" {
                let place = try #require(bytes.firstRange(of: Array(word.utf8)))
                bytes.replaceSubrange(place, with: Array(other.utf8))
            }
            try temporary.write(file.name, bytes: bytes)
        }
        let error = #expect(throws: ModelError.self) { try SpeechModel(directory: folder) }
        #expect(error?.description.contains("\(folder)/model.safetensors: ") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["config.json", "vocabulary.json", "model.safetensors"])
    func namesTheFileThatIsMissing(name: String) throws {
        let folder = try modelFolder(TinyModel.model())
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
        let folder = try modelFolder(TinyModel.model())
        let path = "\(folder)/\(name)"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try #require(text.contains(old), "\(text)")
        let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        try Data("\(parts[0])\(new)\(parts[1])".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ModelError.self) { try SpeechModel(directory: folder) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    /// The same number of tokens, but other characters or another order: the text would be another one.
    @Test(arguments: [(#""c""#, #""d""#), (#""a""#, #""A""#)])
    func refusesAnotherVocabulary(old: String, new: String) throws {
        let folder = try modelFolder(TinyModel.model())
        let path = "\(folder)/vocabulary.json"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ModelError.self) { try SpeechModel(directory: folder) }
        #expect(error?.description.contains("model.safetensors: belongs to another vocabulary.json") == true)
    }

    /// A text of `vocabulary.json`, what stands in its place, and the message.
    @Test(arguments: [
        (#""c""#, "5", #":11: `tokens[8]`: expected text in double quotes, found `5`; "#),
        (#""c""#, #""c" "d""#, ":11: not JSON: while parsing a flow sequence that begins on line 2, did not find"),
        ("tokens", "token", ":2: unknown key `token`; did you mean `tokens`?; "),
        (#""c""#, #""ch""#, #": vocabulary: the token "ch" is not one character"#),
        (#""c""#, "'c'", ": not JSON; copy or train the model again"),
    ])
    func namesTheLineOfAMistakeInTheVocabulary(old: String, new: String, expected: String) throws {
        let folder = try modelFolder(TinyModel.model())
        let path = "\(folder)/vocabulary.json"
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try #require(text.contains(old), "\(text)")
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
        let error = try #require(#expect(throws: ModelError.self) { try SpeechModel(directory: folder) })
        #expect(error.description.hasPrefix(path + expected), "\(error)")
    }

    /// A model that was written before the fingerprint of its vocabulary stood in it is read all the same.
    @Test func readsAModelWithoutFingerprint() throws {
        let model = try TinyModel.model()
        let folder = try modelFolder(model)
        let tensors = model.network.parameters.parameters.map { ($0.name, $0.value) }
        try SafeTensors.data(tensors).write(to: URL(filePath: "\(folder)/model.safetensors"))
        #expect(try SpeechModel(directory: folder).fingerprint == model.fingerprint)
    }
}
