import FoundationEssentials
import Glibc
import Recognition
import Tensors

/// Everything that training needs to go on where it was: one file, replaced in one go.
struct Checkpoint {
    /// What is known besides the tensors.
    struct Progress: Codable, Equatable {
        /// Steps of the optimiser done, skipped ones included.
        var step = 0
        /// Steps of AdamW done.
        var optimizerStep = 0
        /// The epoch (from 0) and its next batch.
        var epoch = 0
        var batch = 0
        /// The lowest dev character error rate, and evaluations since.
        var bestError: Double?
        var evaluationsSinceBest = 0
        /// Steps that were left out because their gradient was no number.
        var skippedSteps = 0
        /// The complete configuration as YAML: another one may not go on from here.
        var configuration = ""
    }

    private static let progressKey = "progress"

    /// Writes parameters, moments and progress.
    static func write(_ progress: Progress, _ model: SpeechModel, _ optimizer: AdamW, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state is the same file
        let json = String(decoding: try encoder.encode(progress), as: UTF8.self)
        let tensors = [
            ("parameters", model.transformer.parameters.values), ("first_moment", optimizer.firstMoment),
            ("second_moment", optimizer.secondMoment),
        ]
        try AtomicFile.write(SafeTensors.data(tensors, metadata: [progressKey: json]), to: path)
    }

    /// Reads a checkpoint into a model and an optimiser of the same shape.
    ///
    /// - Throws: `ModelError` or `TrainingError` naming the file.
    static func read(path: String, into model: SpeechModel, _ optimizer: AdamW) throws -> Progress {
        let file = try SafeTensors(path: path)
        guard let json = file.metadata[progressKey],
            let progress = try? JSONDecoder().decode(Progress.self, from: Data(json.utf8))
        else { throw TrainingError("\(path): is no checkpoint of asr train; remove it to start anew") }
        try file.read("parameters", into: model.transformer.parameters.values)
        try file.read("first_moment", into: optimizer.firstMoment)
        try file.read("second_moment", into: optimizer.secondMoment)
        optimizer.step = progress.optimizerStep
        return progress
    }
}

/// Files that are there whole or not at all.
enum AtomicFile {
    /// Writes beside `path` and renames.
    ///
    /// - Throws: `TrainingError` naming the path, for example when the disk is full.
    static func write(_ content: Data, to path: String) throws {
        let temporary = "\(path).part"
        do {
            try content.write(to: URL(filePath: temporary))
            guard rename(temporary, path) == 0 else { throw TrainingError(String(cString: strerror(errno))) }
        } catch {
            throw TrainingError("\(path): cannot be written (\(error)); free disk space, or choose another --output")
        }
    }
}
