import Files

extension Manifest {
    /// A Kaldi data folder: `wav.scp` (`<recording> <path>`), `text` (`<utterance> <words>`), and if there are any `utt2spk`,
    /// `segments` (`<utterance> <recording> <start> <end>`) and `reco2file_and_channel`.
    ///
    /// Paths in `wav.scp` are looked for in the data folder, its parent and the parent's parent (where Kaldi recipes run).
    /// A command (`sph2pipe ... |`) is never run: it is a problem.
    static func readKaldi(folder: String, _ builder: inout ManifestBuilder) throws {
        let files = Set(try Folder(path: folder).files)
        guard files.contains("text") else {
            throw ManifestError("a Kaldi data folder without `text`, so without labels", path: folder)
        }
        let recordings = try readRecordings(folder: folder, &builder)
        var speakers: [String: String] = [:]
        if files.contains("utt2spk") {
            speakers = try readPairs(joinedPath(folder, "utt2spk"), &builder).mapValues(\.value)
        }
        var channels: [String: Int] = [:]
        if files.contains("reco2file_and_channel") {
            channels = try readChannels(joinedPath(folder, "reco2file_and_channel"), &builder)
        }
        var segments: [String: Segment]?
        if files.contains("segments") { segments = try readSegments(joinedPath(folder, "segments"), &builder) }

        var labelled: Set<String> = []
        try builder.forEachLine(of: joinedPath(folder, "text")) { source, line, builder in
            let (id, words) = splitAtFirstBlank(line)
            labelled.insert(id)
            let segment = segments?[id]
            if segments != nil && segment == nil {
                return builder.report("no line of `segments` for \(id)", at: source)
            }
            let recording = segment?.recording ?? id
            guard let path = recordings[recording] else {
                return builder.report("no line of `wav.scp` for \(recording)", at: source)
            }
            guard let path = path.value else { return }  // Reported with its line of wav.scp.
            builder.add(
                id: id, audioPath: path, startInSeconds: segment?.start, durationInSeconds: segment?.duration,
                channel: channels[recording], text: words, speaker: speakers[id], source: source)
        }
        for (id, line) in segments?.mapValues(\.line) ?? recordings.mapValues(\.line) where !labelled.contains(id) {
            let path = joinedPath(folder, segments == nil ? "wav.scp" : "segments")
            builder.report("no line of `text` for \(id)", at: SourceLine(path: path, line: line))
        }
    }

    /// Recording to audio file; nil for those that were reported.
    private static func readRecordings(
        folder: String, _ builder: inout ManifestBuilder
    ) throws -> [String: (value: String?, line: Int)] {
        let path = joinedPath(folder, "wav.scp")
        let bases = recipeFolders(folder)
        return try readPairs(path, &builder).mapValues { pair in
            let source = SourceLine(path: path, line: pair.line)
            if pair.value.hasSuffix("|") || pair.value.hasPrefix("|") {
                builder.report("a command, which is never run; convert to audio files first: \(pair.value)", at: source)
                return (nil, pair.line)
            }
            guard let file = firstFile(pair.value, in: bases) else {
                builder.report(
                    "no audio file \(pair.value) in \(folder), its parent or the parent's parent", at: source)
                return (nil, pair.line)
            }
            return (file, pair.line)
        }
    }

    /// The lines `<key> <value>` of a file.
    private static func readPairs(
        _ path: String, _ builder: inout ManifestBuilder
    ) throws -> [String: (value: String, line: Int)] {
        var pairs: [String: (value: String, line: Int)] = [:]
        try builder.forEachLine(of: path) { source, line, builder in
            let (key, value) = splitAtFirstBlank(line)
            if value.isEmpty { return builder.report("nothing after \(key)", at: source) }
            if let first = pairs[key] {
                return builder.report("\(key) occurs twice; first in line \(first.line)", at: source)
            }
            pairs[key] = (value, source.line!)
        }
        return pairs
    }

    /// A stretch of a recording, in seconds; an end of -1 means the recording's end.
    private struct Segment {
        var recording: String
        var start: Double
        var duration: Double?
        var line: Int
    }

    private static func readSegments(_ path: String, _ builder: inout ManifestBuilder) throws -> [String: Segment] {
        var segments: [String: Segment] = [:]
        try builder.forEachLine(of: path) { source, line, builder in
            let fields = line.utf8.split(whereSeparator: isBlank).map { String(Substring($0)) }
            guard fields.count == 4, let start = Double(fields[2]), let end = Double(fields[3]), start >= 0,
                start.isFinite,
                end > start || end == -1
            else {
                return builder.report(
                    "expected `utterance recording start end` with 0 <= start < end in seconds, not \(line)",
                    at: source)
            }
            if let first = segments[fields[0]] {
                return builder.report("\(fields[0]) occurs twice; first in line \(first.line)", at: source)
            }
            segments[fields[0]] = Segment(
                recording: fields[1], start: start, duration: end == -1 ? nil : end - start, line: source.line!)
        }
        return segments
    }

    /// The lines `<recording> <file> <channel>`: recording to channel, from 1.
    private static func readChannels(_ path: String, _ builder: inout ManifestBuilder) throws -> [String: Int] {
        let numbers = ["A": 1, "B": 2, "1": 1, "2": 2]
        var channels: [String: Int] = [:]
        try builder.forEachLine(of: path) { source, line, builder in
            let fields = line.utf8.split(whereSeparator: isBlank).map { String(Substring($0)) }
            guard fields.count == 3, let channel = numbers[fields[2]] else {
                return builder.report(
                    "expected `recording file channel` with channel A or B, not \(line)", at: source)
            }
            channels[fields[0]] = channel
        }
        return channels
    }
}
