import Datasets
import Files
import FoundationEssentials

/// `metrics.jsonl`: one JSON object a line, for every step, every evaluation and every alert.
package struct MetricsLog {
    /// What stood in the file and still holds.
    package let earlier: [MetricsLine]
    private let path: String
    private let encoder = JSONEncoder()

    /// Opens the log for what comes after a point; what an interrupted run has written beyond it is dropped.
    ///
    /// - Throws: `TrainingError` for a line that is none of the log's, `FileWriteError`.
    package init(path: String, from point: ResumePoint) throws {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard point.step > 0, FileManager.default.fileExists(atPath: path) else {
            earlier = []
            try AtomicFile.write(Data(), to: path)
            return
        }
        let lines = try Self.lines(path: path).filter(point.keeps)
        earlier = lines
        let encoder = encoder
        try AtomicFile.write(Data(try lines.map { try Self.data($0, encoder) }.joined()), to: path)
    }

    package func write(_ line: MetricsLine) throws {
        try AtomicFile.append(Self.data(line, encoder), to: path)
    }

    private static func data(_ line: MetricsLine, _ encoder: JSONEncoder) throws -> Data {
        try encoder.encode(line) + [UInt8(ascii: "\n")]
    }

    /// The lines of a log. The last one may be cut off, by a run that was killed or is just writing it; it is left out then.
    ///
    /// - Throws: `TrainingError` naming the file, or the line that cannot be read.
    package static func lines(path: String) throws -> [MetricsLine] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TrainingError(
                "\(path): no such file, or it cannot be read; asr train writes it into its output folder")
        }
        let decoder = JSONDecoder()
        let newline = UInt8(ascii: "\n")
        var lines: [MetricsLine] = []
        let texts = data.split(separator: newline, omittingEmptySubsequences: false)
        for (index, text) in texts.enumerated() where !text.isEmpty {
            do {
                lines.append(try decoder.decode(MetricsLine.self, from: text))
            } catch {
                if index == texts.count - 1 { break }  // without a line break behind it
                throw TrainingError(
                    "\(path):\(index + 1): is not a line that asr train writes; remove it, or train into another folder"
                )
            }
        }
        return lines
    }
}
