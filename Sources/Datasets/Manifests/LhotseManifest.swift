import Audio
import Files
import FoundationEssentials

/// Manifests of Lhotse, as icefall trains with: one JSON object a line.
///
/// Every supervision is an utterance: the stretch of the recording that it spans, whatever cut it is in. Audio files are looked for in the
/// manifest's folder, its parent and the parent's parent (where recipes run). Commands are never run, and what Lhotse would change of a
/// recording (`transforms`) is not changed: both are problems, and so are cuts of several recordings.
extension Manifest {
    /// Cuts, with their recordings and supervisions inside.
    static func readLhotseCuts(_ path: String, _ builder: inout ManifestBuilder) throws {
        try builder.forEachObject(LhotseCut.self, of: path) { cut, source, builder in
            guard let recording = cut.recording else {
                return builder.report(
                    "a \(cut.type ?? "cut") without a recording; only cuts of one recording can be read", at: source)
            }
            for supervision in cut.supervisions ?? [] {
                add(supervision, offsetInSeconds: cut.start ?? 0, of: recording, beside: path, source, &builder)
            }
        }
    }

    /// Supervisions, with the recordings in a file of the same name but for `recordings` in place of `supervisions`.
    static func readLhotseSupervisions(_ path: String, _ builder: inout ManifestBuilder) throws {
        let name = String(lastPathComponent(path))
        let recordingsName = name.replacing("supervisions", with: "recordings")
        let recordingsPath = joinedPath(parentFolder(path), recordingsName)
        guard recordingsName != name, isFile(recordingsPath) else {
            throw ManifestError(
                "supervisions without their recordings; call the files supervisions.jsonl and recordings.jsonl, or name "
                    + "a manifest of cuts", path: path)
        }
        var recordings: [String: LhotseRecording] = [:]
        try builder.forEachObject(LhotseRecording.self, of: recordingsPath) { recording, _, _ in
            recordings[recording.id] = recording
        }
        try builder.forEachObject(LhotseSupervision.self, of: path) { supervision, source, builder in
            guard let recording = recordings[supervision.recordingID] else {
                return builder.report("no recording \(supervision.recordingID) in \(recordingsPath)", at: source)
            }
            add(supervision, offsetInSeconds: 0, of: recording, beside: path, source, &builder)
        }
    }

    /// By how much a stretch may reach beyond the end of its recording.
    private static let largestOvershootInSeconds = 0.5

    /// - Parameter offsetInSeconds: where in the recording the supervision's times begin.
    private static func add(
        _ supervision: LhotseSupervision, offsetInSeconds: Double, of recording: LhotseRecording, beside path: String,
        _ source: SourceLine, _ builder: inout ManifestBuilder
    ) {
        guard recording.transforms?.isEmpty ?? true else {
            return builder.report(
                "the recording \(recording.id) has transforms of Lhotse, which are not applied here; "
                    + "asr changes the speed and adds noise itself", at: source)
        }
        let channels = supervision.channel?.numbers ?? []
        if let negative = channels.first(where: { $0 < 0 }) {
            return builder.report("the channel \(negative); channels are counted from 0", at: source)
        }
        guard let audio = recording.sources.first(where: { Set($0.channels).isSuperset(of: channels) }) else {
            return builder.report("no file of \(recording.id) has the channels \(channels)", at: source)
        }
        guard audio.type == "file" else {
            return builder.report(
                "a source of type \(audio.type), which is never run or fetched; convert to audio files first",
                at: source)
        }
        let folder = parentFolder(path)
        guard let audioPath = firstFile(audio.source, in: recipeFolders(folder)) else {
            return builder.report(
                "no audio file \(audio.source) in \(folder), its parent or the parent's parent", at: source)
        }
        // Times are rounded: what begins or ends within a millisecond of the recording's ends goes to them.
        let start = offsetInSeconds + supervision.start
        let end = start + supervision.duration
        let toleranceInSeconds = 0.001
        guard supervision.duration > 0, end <= recording.duration + largestOvershootInSeconds else {
            return builder.report(
                "from \(start) s for \(supervision.duration) s, which is not a part of \(recording.id), a recording of "
                    + "\(recording.duration) s", at: source)
        }
        builder.add(
            id: supervision.id, audioPath: audioPath, startInSeconds: abs(start) < toleranceInSeconds ? nil : start,
            endInSeconds: end > recording.duration - toleranceInSeconds ? nil : end,
            channel: channels.count == 1 && audio.channels.count > 1
                ? audio.channels.firstIndex(of: channels[0]).map { $0 + 1 } : nil,
            text: supervision.text ?? "", speaker: supervision.speaker, source: source)
    }
}

/// The keys of a cut that are read; its supervisions' times begin at its start.
private struct LhotseCut: Decodable {
    var type: String?
    var start: Double?
    var supervisions: [LhotseSupervision]?
    var recording: LhotseRecording?
}

/// What is said in a stretch of a recording, in seconds.
private struct LhotseSupervision: Decodable {
    var id: String
    var recordingID: String
    var start: Double
    var duration: Double
    var channel: LhotseChannels?
    var text: String?
    var speaker: String?

    private enum CodingKeys: String, CodingKey {
        case id, start, duration, channel, text, speaker
        case recordingID = "recording_id"
    }
}

/// Audio in one or several files, each with some of the channels, counted from 0.
private struct LhotseRecording: Decodable {
    var id: String
    var sources: [Source]
    var duration: Double
    var transforms: [Transform]?

    struct Source: Decodable {
        var type: String
        var channels: [Int]
        var source: String
    }

    /// Whatever it is.
    struct Transform: Decodable {
        init(from decoder: any Decoder) {}
    }
}

/// A channel, or a list of them.
private struct LhotseChannels: Decodable {
    var numbers: [Int]

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        numbers = try (try? value.decode(Int.self)).map { [$0] } ?? value.decode([Int].self)
    }
}
