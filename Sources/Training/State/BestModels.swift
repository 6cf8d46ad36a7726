import Files
import FoundationEssentials
import Models

/// The best models of the evaluations so far: each a model folder in `best`, all of them listed in `best/models.json`.
struct BestModels: Sendable {
    /// One of them.
    struct Entry: Codable, Equatable {
        /// Its folder below `best`.
        var name: String
        var step: Int
        var epoch: Int
        var devWordErrorRate: Double
        var devCharacterErrorRate: Double
    }

    /// `best` in the output folder.
    let folder: String
    /// How many are kept; 0: none.
    let limit: Int

    private static let namePrefix = "step-"

    func path(of entry: Entry) -> String { "\(folder)/\(entry.name)" }

    /// Keeps a model if it is among the best: its folder is written, then the list.
    ///
    /// What it displaces stays until `removeOthers`, because a checkpoint may still name it.
    ///
    /// - Parameters:
    ///   - entries: the best so far, the best first; of equal ones the earlier.
    ///   - isWriting: whether files are written; one process of several does.
    func add(
        _ model: SpeechModel, _ summary: SpeechModel.TrainingSummary, to entries: inout [Entry], isWriting: Bool
    ) throws {
        guard limit > 0, let words = summary.devWordErrorRate, let characters = summary.devCharacterErrorRate else {
            return
        }
        let entry = Entry(
            name: "\(Self.namePrefix)\(summary.steps)", step: summary.steps, epoch: summary.epochs,
            devWordErrorRate: words, devCharacterErrorRate: characters)
        let place = entries.firstIndex { $0.devCharacterErrorRate > characters } ?? entries.count
        entries.insert(entry, at: place)
        entries.removeLast(max(0, entries.count - limit))
        guard place < limit, isWriting else { return }
        try AtomicFile.makeFolder(path(of: entry))
        for file in try model.files(training: summary) {
            try AtomicFile.write(file.content, to: "\(path(of: entry))/\(file.name)")
        }
        try write(entries)
    }

    /// Removes the folders of models that are not among `entries`, and makes the list say so.
    func removeOthers(than entries: [Entry]) throws {
        let names = Set(entries.map(\.name))
        guard let found = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        let unwanted = found.filter { name in
            name.hasPrefix(Self.namePrefix) && Int(name.dropFirst(Self.namePrefix.count)) != nil
                && !names.contains(name)
        }
        guard !unwanted.isEmpty else { return }
        for name in unwanted { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        try write(entries)
    }

    private func write(_ entries: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(encoder.encode(entries) + [UInt8(ascii: "\n")], to: "\(folder)/models.json")
    }
}
