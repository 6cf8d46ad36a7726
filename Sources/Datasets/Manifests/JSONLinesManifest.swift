import Files
import FoundationEssentials

extension Manifest {
    /// One JSON object per line. NeMo's keys: `audio_filepath`, `text`, and if there are any `duration`, `offset` (seconds),
    /// `speaker`, `id`. wenet's: `key`, `wav`, `txt`, and `start` and `end` (seconds) of a stretch. Other keys are ignored. Paths
    /// are relative to the manifest's folder.
    static func readJSONLines(_ file: TextFile, _ builder: inout ManifestBuilder) {
        let folder = parentFolder(file.path)
        forEachObject(JSONLine.self, of: file, &builder) { entry, source, builder in
            guard let path = entry.audioPath else {
                return builder.report("no key `audio_filepath` (or `wav`)", at: source)
            }
            guard let text = entry.text else { return builder.report("no key `text` (or `txt`)", at: source) }
            builder.add(
                id: entry.id, audioPath: joinedPath(folder, path), startInSeconds: entry.offset,
                endInSeconds: entry.end, durationInSeconds: entry.duration, text: text, speaker: entry.speaker,
                source: source)
        }
    }

    /// Calls `body` with the object of each line that is not blank; a line that is no such object is a problem.
    static func forEachObject<Object: Decodable>(
        _: Object.Type, of file: TextFile, _ builder: inout ManifestBuilder,
        _ body: (Object, SourceLine, inout ManifestBuilder) -> Void
    ) {
        let decoder = JSONDecoder()
        file.forEachLine(&builder) { number, line, builder in
            let source = SourceLine(path: file.path, line: number)
            do {
                body(try decoder.decode(Object.self, from: Data(line.utf8)), source, &builder)
            } catch {
                builder.report(message(of: error, line: line), at: source)
            }
        }
    }

    private static func message(of error: any Error, line: String) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): return "no key `\(key.stringValue)`"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            guard let key = context.codingPath.last else {
                return "not a JSON object; expected is one object {...} per line"
            }
            return "the value of `\(key.stringValue)` has the wrong type; times are numbers, all else is text in quotes"
        default:
            return "not JSON; expected is one object {...} per line, not \(line.prefix(40))"
        }
    }
}

/// The keys of one line that are read.
private struct JSONLine: Decodable {
    var id: String?
    var audioPath: String?
    var text: String?
    var duration: Double?
    var offset: Double?
    var end: Double?
    var speaker: String?

    private enum Key: String, CodingKey {
        case id, key, wav, text, txt, duration, offset, start, end, speaker
        case audioFilepath = "audio_filepath"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        id = try Self.name(values, .id) ?? Self.name(values, .key)
        audioPath =
            try values.decodeIfPresent(String.self, forKey: .audioFilepath)
            ?? values.decodeIfPresent(String.self, forKey: .wav)
        text =
            try values.decodeIfPresent(String.self, forKey: .text) ?? values.decodeIfPresent(String.self, forKey: .txt)
        duration = try values.decodeIfPresent(Double.self, forKey: .duration)
        offset =
            try values.decodeIfPresent(Double.self, forKey: .offset)
            ?? values.decodeIfPresent(Double.self, forKey: .start)
        end = try values.decodeIfPresent(Double.self, forKey: .end)
        speaker = try Self.name(values, .speaker)
    }

    /// A name, which some manifests write as a number.
    private static func name(_ values: KeyedDecodingContainer<Key>, _ key: Key) throws -> String? {
        if let number = try? values.decodeIfPresent(Int.self, forKey: key) { return String(number) }
        return try values.decodeIfPresent(String.self, forKey: key)
    }
}
