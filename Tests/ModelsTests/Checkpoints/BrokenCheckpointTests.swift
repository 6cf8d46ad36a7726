import Foundation
import Models
import TestSupport
import Testing

/// Checkpoints that are broken, or something else: each is refused with a message that names the file and what is wrong.
@Suite struct BrokenCheckpointTests {
    private let folder: TemporaryFolder
    private let tiny = TinyWhisper()

    init() throws { folder = try TemporaryFolder() }

    private func message(_ path: String) -> String {
        let error = #expect(throws: ModelError.self) { try WhisperCheckpoint.read(path) }
        let text = error?.description ?? ""
        #expect(text.contains(folder.path), "\(text)")
        return text
    }

    private func ggml(_ bytes: [UInt8]) throws -> String { try folder.write("model.bin", bytes: bytes) }

    // A file may end anywhere: none of its beginnings is a model.
    @Test func truncatedFiles() throws {
        let files = [
            ("ggml", tiny.ggml()), ("pt", tiny.openAI()), ("ct2/model.bin", tiny.cTranslate2()),
            ("hf/model.safetensors", Array(try SafeTensors.data(tiny.huggingFaceTensors))),
        ]
        try folder.write("hf/config.json", TinyWhisper.configuration)
        for (name, bytes) in files {
            let root = folder.path + "/" + name.prefix { $0 != "/" }
            for count in Set(stride(from: 8, to: bytes.count, by: 97)).union([bytes.count - 1]) {
                try folder.write(name, bytes: Array(bytes[..<count]))
                #expect(throws: ModelError.self, "\(name), \(count) bytes") { try WhisperCheckpoint.read(root) }
            }
            try folder.write(name, bytes: bytes)
            #expect(try WhisperCheckpoint.read(root).dimensions == tiny.dimensions)
        }
    }

    // PROTO, GLOBAL os system, a text, TUPLE1, REDUCE: what a pickle does that runs a program.
    @Test func pickleThatWouldRunAProgramRunsNothing() throws {
        let marker = folder.path + "/marker"
        let program = "touch \(marker)"
        var call = Array("cos\nsystem\nX".utf8) + [UInt8(program.utf8.count), 0, 0, 0]
        call += Array(program.utf8) + [0x85] + Array("R".utf8)
        let path = try folder.write("evil.pt", bytes: tiny.openAI(prefix: call))
        let text = message(path)
        #expect(text.contains("os.system") && text.contains("nothing of it was run"), "\(text)")
        #expect(!FileManager.default.fileExists(atPath: marker))
    }

    @Test(arguments: [
        ("builtins\neval", "builtins.eval"), ("torch\nLongStorage", "torch.LongStorage"),
        ("torch.serialization\n_get_layout", "torch.serialization._get_layout"),
    ])
    func otherFunctionsAndClassesAreRefusedByName(line: String, name: String) throws {
        let path = try folder.write("x.pt", bytes: tiny.openAI(prefix: Array("c\(line)\n0".utf8)))
        #expect(message(path).contains(name))
    }

    // 0x93 is STACK_GLOBAL, 0x81 NEWOBJ, 0x92 NEWOBJ_EX, `i` INST, `o` OBJ, `P` PERSID, 0x82 EXT1.
    @Test(arguments: [0x93, 0x81, 0x92, 0x69, 0x6F, 0x50, 0x82] as [UInt8])
    func otherInstructionsAreRefused(byte: UInt8) throws {
        let path = try folder.write("x.pt", bytes: tiny.openAI(prefix: [byte]))
        #expect(message(path).contains("instruction 0x\(String(byte, radix: 16))"))
    }

    // 50,000 lists in lists, and as many tuples: depth costs nothing and ends nothing.
    @Test func deepPickles() throws {
        let deep = Array(repeating: UInt8(ascii: ")"), count: 1) + Array(repeating: UInt8(0x85), count: 50_000)
        let lists =
            Array(repeating: UInt8(ascii: "]"), count: 50_000) + Array(repeating: UInt8(ascii: "a"), count: 49_999)
        for (index, prefix) in [deep, lists].enumerated() {
            let pickle = [0x80, 2] + prefix + Array(".".utf8)
            let path = try folder.write("deep-\(index).pt", bytes: TinyWhisper.zip([("a/data.pkl", pickle)]))
            #expect(message(path).contains("`dims`"))
        }
    }

    @Test func compressedArchives() throws {
        let path = try folder.write("x.pt", bytes: TinyWhisper.zip([("a/data.pkl", [1, 2, 3])], method: 8))
        #expect(message(path).contains("compressed"))
    }

    @Test func ggmlWithAnUnknownType() throws {
        let path = try ggml(tiny.ggml(blockType: 12) { _ in [] })  // q4_K
        #expect(message(path).contains("ggml's type 12"))
    }

    // Rows of 8 numbers are no blocks of 32.
    @Test func blocksThatDoNotFitTheRows() throws {
        let path = try ggml(tiny.ggml(blockType: 2) { [UInt8](repeating: 0, count: $0.values.count / 32 * 18) })
        #expect(message(path).contains("blocks of 32"))
    }

    @Test func ggmlWithMoreTokensThanItsEmbedding() throws {
        let path = try ggml(tiny.ggml(tokens: (0...20).map { [$0] }))
        #expect(message(path).contains("21 tokens"))
    }

    @Test func cTranslate2OfAnotherKind() throws {
        var bytes = tiny.cTranslate2()
        bytes[6] = UInt8(ascii: "X")  // behind version and length: "WhisperSpec"
        try folder.write("ct2/model.bin", bytes: bytes)
        #expect(message(folder.path + "/ct2").contains("XhisperSpec"))
        bytes[0] = 7
        try folder.write("ct2/model.bin", bytes: bytes)
        #expect(message(folder.path + "/ct2").contains("version 7"))
    }

    @Test func tensorsThatAreMissingOrTooMany() throws {
        var tensors = tiny.huggingFaceTensors
        let removed = tensors.remove(at: 7)
        try folder.write("hf/model.safetensors", bytes: Array(try SafeTensors.data(tensors)))
        #expect(message(folder.path + "/hf").contains(removed.name))
        tensors += [removed, ("model.encoder.adapter.weight", removed.value)]
        try folder.write("hf/model.safetensors", bytes: Array(try SafeTensors.data(tensors)))
        #expect(message(folder.path + "/hf").contains("adapter"))
    }

    @Test(arguments: [
        (#"{"model_type":"bart"}"#, "bart"), (#"{"activation_function":"relu"}"#, "relu"),
        (#"{"tie_word_embeddings":false}"#, "tie_word_embeddings"), (#"{"encoder_attention_heads":3}"#, "3 heads"),
        (#"{"encoder_attention_heads":"2"}"#, "encoder_attention_heads"), ("{", "not JSON"),
    ])
    func configurationsOfSomethingElse(json: String, word: String) throws {
        try tiny.writeHuggingFace(folder, "hf")
        try folder.write("hf/config.json", json)
        #expect(message(folder.path + "/hf").contains(word))
    }

    @Test(arguments: [
        (#"{"alignment_heads":[[1,0]]}"#, "[1, 0]"), (#"{"alignment_heads":[[0]]}"#, "[0]"),
        (#"{"suppress_tokens":[99]}"#, "99"),
    ])
    func generationConfigurationsThatDoNotFit(json: String, word: String) throws {
        try tiny.writeHuggingFace(folder, "hf")
        try folder.write("hf/generation_config.json", json)
        #expect(message(folder.path + "/hf").contains(word))
    }

    // A shard is a file of the folder, and has what the index says.
    @Test func shardsThatAreElsewhere() throws {
        try tiny.writeHuggingFace(folder, "hf")
        try FileManager.default.moveItem(
            atPath: folder.path + "/hf/model.safetensors", toPath: folder.path + "/hf/a.safetensors")
        let names = tiny.huggingFaceTensors.map { "\"\($0.name)\":\"FILE\"" }.joined(separator: ",")
        func index(_ file: String, _ more: String = "") throws {
            let map = names.replacing("FILE", with: file) + more
            try folder.write("hf/model.safetensors.index.json", #"{"weight_map":{\#(map)}}"#)
        }
        try index("a.safetensors")
        #expect(try WhisperCheckpoint.read(folder.path + "/hf").dimensions == tiny.dimensions)
        try index("../hf/a.safetensors")
        #expect(message(folder.path + "/hf").contains("../hf"))
        try index("a.safetensors", #","model.more":"a.safetensors""#)
        #expect(message(folder.path + "/hf").contains("model.more"))
        try index("b.safetensors")
        #expect(message(folder.path + "/hf").contains("b.safetensors"))
    }
}
