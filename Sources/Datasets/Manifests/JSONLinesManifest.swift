import Files
import FoundationEssentials

extension Manifest {
    /// One JSON object per line. NeMo's keys: `audio_filepath`, `text`, and if there are any `duration`, `offset` (seconds),
    /// `speaker`, `id`. wenet's: `key`, `wav`, `txt`, and `start` and `end` (seconds) of a stretch. Other keys are ignored. Paths
    /// are relative to the manifest's folder.
    static func readJSONLines(_ path: String, _ builder: inout ManifestBuilder) throws {
        let folder = parentFolder(path)
        try builder.forEachObject(JSONLine.self, of: path) { entry, source, builder in
            guard let audioPath = entry.audioPath else {
                return builder.report("no key `audio_filepath` (or `wav`)", at: source)
            }
            guard let text = entry.text else { return builder.report("no key `text` (or `txt`)", at: source) }
            builder.add(
                id: entry.id, audioPath: joinedPath(folder, audioPath), startInSeconds: entry.offset,
                endInSeconds: entry.end, durationInSeconds: entry.duration, text: text, speaker: entry.speaker,
                source: source)
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
        guard let scalar = try values.decodeIfPresent(JSONScalar.self, forKey: key) else { return nil }
        guard let name = scalar.string else {
            throw DecodingError.typeMismatch(String.self, .init(codingPath: [key], debugDescription: ""))
        }
        return name
    }
}
