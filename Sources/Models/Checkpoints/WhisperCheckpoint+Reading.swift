import Files
import FoundationEssentials
import Tensors

extension WhisperCheckpoint {
    /// Reads a Whisper model of any layout, which is recognised by what is there.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where, or the layouts that are known.
    public static func read(_ path: String) throws(ModelError) -> WhisperCheckpoint {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelError("\(path): no such file or folder; check the path")
        }
        switch layout(of: path) {
        case .huggingFace: return try HuggingFaceFolder.read(path)
        case .cTranslate2: return try CTranslate2Folder.read(path)
        case .openAI: return try OpenAIFile.read(path)
        case .ggml: return try GGMLFile.read(path)
        case nil:
            let layouts = Layout.allCases.map(\.rawValue)
            throw ModelError(
                "\(path): not a Whisper model that this program knows; it reads "
                    + "\(layouts.dropLast().joined(separator: ", ")) and \(layouts[layouts.count - 1])")
        }
    }

    /// How a model at this path is kept, from the names of its files or its first bytes; nil: in none of the ways that are known.
    ///
    /// A model folder of this program is none of them.
    public static func layout(of path: String) -> Layout? {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        guard isFolder else { return layout(ofFile: path) }
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
        if has("model.bin") { return .cTranslate2 }
        guard ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"].contains(where: has) else {
            return nil
        }
        // A folder of this program says so; where its config.json is broken or missing, its only token file tells.
        let isOwn =
            hasFormatVersion("\(path)/config.json")
            ?? (has("vocabulary.json") && !has("vocab.json") && !has("tokenizer.json"))
        return isOwn ? nil : .huggingFace
    }

    private static func layout(ofFile path: String) -> Layout? {
        guard let file = MappedFile(path: path), file.bytes.count >= 4 else { return nil }
        return switch UInt32(littleEndian: file.bytes.loadUnaligned(as: UInt32.self)) {
        case ZipArchive.entryMagic: .openAI
        case GGMLFile.magic: .ggml
        default: nil
        }
    }

    /// Whether a `config.json` is of a model folder of this program; nil where it is missing or broken.
    private static func hasFormatVersion(_ path: String) -> Bool? {
        struct Own: Decodable {
            var formatVersion: Int?
        }
        return (try? JSONFile.readIfThere(Own.self, path)).map { $0.formatVersion != nil }
    }
}
