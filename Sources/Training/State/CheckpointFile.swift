import Configuration
import Datasets
import Files
import FoundationEssentials
import Models
import Tensors

/// How a checkpoint lies in its file: tensors, and among the metadata, as JSON, what else is known.
struct CheckpointFile<Progress: Codable> {
    /// The name of the JSON in the metadata.
    let key: String
    /// What writes such files, as messages call it.
    let command: String

    /// Replaces the file in one go.
    func write(_ progress: Progress, _ tensors: [(name: String, value: Tensor)], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state is the same file
        let json = String(decoding: try encoder.encode(progress), as: UTF8.self)
        try AtomicFile.write(SafeTensors.data(tensors, metadata: [key: json]), to: path)
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
