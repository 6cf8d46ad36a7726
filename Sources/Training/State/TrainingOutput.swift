import Configuration
import Datasets
import Files
import FoundationEssentials
import Glibc
import Models

/// The folder that training fills: the best model so far, `training.yaml`, `metrics.jsonl` and the checkpoint.
struct TrainingOutput: Sendable {
    let folder: String

    var checkpointPath: String { "\(folder)/checkpoint.safetensors" }
    var metricsPath: String { "\(folder)/metrics.jsonl" }
    /// Where the lengths of recordings are remembered.
    var lengthsPath: String { "\(folder)/lengths.bin" }
    /// Where the best models are kept besides, if they are.
    var bestFolder: String { "\(folder)/best" }
    var hasCheckpoint: Bool { FileManager.default.fileExists(atPath: checkpointPath) }

    /// Makes the folder, unless something in it would be lost.
    ///
    /// - Parameter resume: go on from the checkpoint.
    /// - Returns: Whether there is a checkpoint to go on from.
    /// - Throws: `TrainingError` where there is a checkpoint or a model that training would overwrite.
    func prepare(resume: Bool) throws -> Bool {
        let hasCheckpoint = hasCheckpoint
        guard resume || !hasCheckpoint else {
            throw TrainingError("\(checkpointPath): exists; add --resume to continue, or choose another --output")
        }
        if !hasCheckpoint {
            let modelPath = "\(folder)/model.safetensors"
            guard !FileManager.default.fileExists(atPath: modelPath) else {
                throw TrainingError(
                    "\(modelPath): there is a model already, without a checkpoint to continue from; choose another --output"
                )
            }
        }
        try AtomicFile.makeFolder(folder)
        return hasCheckpoint
    }

    /// Writes the complete configuration.
    func write(_ configuration: some Encodable) throws {
        try AtomicFile.write(Data(YAMLConfiguration.yaml(configuration).utf8), to: "\(folder)/training.yaml")
    }

    /// Writes what is not learned from, a line each; no file where that is nothing.
    func write(exclusions: [String]) throws {
        let path = "\(folder)/excluded.txt"
        guard !exclusions.isEmpty else {
            unlink(path)  // of a run that ended before its first checkpoint, on other data
            return
        }
        try AtomicFile.write(Data(exclusions.map { $0 + "\n" }.joined().utf8), to: path)
    }

    /// Makes this model the one of the folder.
    func write(
        _ model: SpeechModel, _ summary: SpeechModel.TrainingSummary, _ configuration: TrainingConfiguration
    ) throws {
        try replace(try model.files(training: summary) + [ModelCard.file(model, summary, configuration)])
    }

    /// Makes these the files of the model of the folder.
    func replace(_ files: [(name: String, content: Data)]) throws {
        // All are there, whole, before the first of them takes its place.
        for file in files { try AtomicFile.write(file.content, to: "\(folder)/\(file.name)\(Self.newSuffix)") }
        try moveModelIntoPlace(files.map(\.name))
    }

    /// What stands behind the names of a model's files until all of them are written.
    private static let newSuffix = ".new"

    /// Brings a model that a killed run was replacing into a state in which its files belong together.
    ///
    /// - Throws: `TrainingError` where the model cannot be read: its weights would never be written again by a run that has
    ///   nothing left to do.
    func repairModel(check: (_ folder: String) throws -> Void = { _ = try SpeechModel(directory: $0) }) throws {
        let names = ["model.safetensors", "vocabulary.json", "config.json", "README.md"]
        let new = names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)\(Self.newSuffix)") }
        // The weights go first: where they have gone, all files had been written; where they have not, some may be missing.
        if new.contains("model.safetensors") {
            for name in new { unlink("\(folder)/\(name)\(Self.newSuffix)") }
        } else {
            try moveModelIntoPlace(new)
        }
        guard FileManager.default.fileExists(atPath: "\(folder)/model.safetensors") else { return }
        do {
            try check(folder)
        } catch {
            throw TrainingError(
                "\(error)\nThe checkpoint is unchanged. Put the file back, or remove config.json, vocabulary.json and "
                    + "model.safetensors from \(folder): a run that is not at its end writes them at the next evaluation"
            )
        }
    }

    /// Renames files that have been written as a whole; the weights first.
    private func moveModelIntoPlace(_ names: [String]) throws {
        for name in names.sorted(by: { $0 == "model.safetensors" && $1 != "model.safetensors" }) {
            let path = "\(folder)/\(name)"
            guard rename(path + Self.newSuffix, path) == 0 else { throw FileWriteError(path: path, code: errno) }
        }
    }
}
