import Files
import FoundationEssentials

/// `hypotheses.jsonl`: the settings, then one recognised utterance a line, written as they come, so that an evaluation that
/// was interrupted goes on. `TranscriptReader` reads it too.
public final class HypothesisLog {
    /// What was recognised, and how many seconds of audio it was.
    public struct Recognized: Codable, Sendable {
        public let text: String
        public let duration: Double
        /// How probable the model finds its text, 0 to 1; nil where it has none.
        public let probability: Double?

        public init(text: String, duration: Double, probability: Double? = nil) {
            self.text = text
            self.duration = duration
            self.probability = probability
        }
    }

    private struct Line: Codable {
        let id: String
        let predictedText: String
        let duration: Double
        let probability: Double?

        enum CodingKeys: String, CodingKey {
            case id, duration, probability
            case predictedText = "pred_text"
        }
    }

    private struct Header: Codable {
        let settings: String
    }

    private var known: [String: Recognized] = [:]
    private let path: String
    private let encoder = JSONEncoder()

    /// Opens the log of a folder, which is made if it is not there; a line that was cut off is dropped.
    ///
    /// - Throws: `TranscriptError` for texts of other settings and for a file that is no such log.
    public init(folder: String, settings: String) throws {
        path = "\(folder)/hypotheses.jsonl"
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.makeFolder(folder)
        if FileManager.default.fileExists(atPath: path) { try read(settings: settings) }
        var content = Data()
        content.append(try encoder.encode(Header(settings: settings)) + [UInt8(ascii: "\n")])
        for (id, recognized) in known.sorted(by: { $0.key < $1.key }) {
            content.append(try data(id: id, recognized))
        }
        try AtomicFile.write(content, to: path)
    }

    private func read(settings: String) throws {
        let reader = JSONLines()
        try TranscriptLines.forEach(of: path) { line in
            // What follows the last line break was cut off.
            guard line.endsWithLineBreak else { return }
            if line.number == 1, let header = try? reader.object(Header.self, of: line) {
                guard header.settings == settings else {
                    throw TranscriptError(
                        .mismatch, path, "holds texts of another model or search; remove it, or choose another --output"
                    )
                }
            } else if line.number > 1, let line = try? reader.object(Line.self, of: line) {
                known[line.id] = Recognized(
                    text: line.predictedText, duration: line.duration, probability: line.probability)
            } else {
                throw TranscriptError(
                    .malformed, path, line: line.number,
                    "not written by asr evaluate; remove the file, or choose another --output")
            }
        }
    }

    /// Whether an object is the first line of a log.
    static func isHeader(_ object: [String: JSONScalar]) -> Bool { object.count == 1 && object["settings"] != nil }

    /// What an earlier run has recognised.
    public func hypothesis(of id: String) -> Recognized? { known[id] }

    /// Adds an utterance at the end of the file.
    public func append(id: String, _ recognized: Recognized) throws {
        known[id] = recognized
        try AtomicFile.append(data(id: id, recognized), to: path)
    }

    private func data(id: String, _ recognized: Recognized) throws -> Data {
        try encoder.encode(
            Line(
                id: id, predictedText: recognized.text, duration: recognized.duration,
                probability: recognized.probability
            ))
            + [UInt8(ascii: "\n")]
    }
}
