import Configuration
import Datasets
import FoundationEssentials
import Models
import Tensors

/// How a checkpoint lies in its file: tensors, and among the metadata, as JSON, what else is known.
struct CheckpointFile<Progress: Codable> {
    /// A tensor that is to be written.
    struct Content {
        let name: String
        /// Of its values, float32.
        let shape: [Int]
        /// Gives all bytes, in pieces, to its argument.
        let give: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    }

    /// The name of the JSON in the metadata.
    let key: String
    /// What writes such files, as messages call it.
    let command: String

    /// Replaces the file in one go; it is never in memory as a whole.
    func write(_ progress: Progress, _ tensors: [Content], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state is the same file
        let json = String(decoding: try encoder.encode(progress), as: UTF8.self)
        let declarations = tensors.map {
            SafeTensors.Declaration(name: $0.name, elementType: .float32, shape: $0.shape)
        }
        try SafeTensors.write(declarations, metadata: [key: json], to: path) { declaration, append in
            try tensors.first { $0.name == declaration.name }!.give(append)
        }
    }

    /// Opens a file, and reads all but the tensors.
    ///
    /// - Throws: `ModelError` or `TrainingError` naming the file.
    func open(_ path: String) throws -> (file: SafeTensors, progress: Progress) {
        let file = try SafeTensors(path: path)
        guard let json = file.metadata[key],
            let progress = try? JSONDecoder().decode(Progress.self, from: Data(json.utf8))
        else { throw TrainingError("\(path): is not a checkpoint of \(command); remove it to start again") }
        return (file, progress)
    }

    /// Refuses a checkpoint that was made with other settings than training has now.
    func requireSameSettings<Settings: Encodable>(_ before: Settings, _ now: Settings, path: String) throws {
        guard let difference = try ConfigurationDifference(before, now) else { return }
        throw TrainingError(
            "\(path): was made with another configuration: \(difference.key) was \(difference.first) and is "
                + "\(difference.second) now; resume with the same settings (training.yaml beside it has them; "
                + "--set \(difference.key)=VALUE), or choose another --output")
    }
}

extension CheckpointFile.Content {
    /// A tensor that is here.
    init(_ name: String, _ value: Tensor) {
        self.name = name
        shape = value.shape
        give = { append in try append(UnsafeRawBufferPointer(start: value.pointer, count: 4 * value.count)) }
    }
}
