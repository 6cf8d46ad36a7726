/// A segment of an stm file: who says what from when to when.
struct Segment {
    var file: String
    var channel: String
    var speaker: String
    /// Seconds.
    var start: Double
    var end: Double
    var text: String
    var line: Int

    /// Whether the segment is not to be scored.
    var isIgnored: Bool {
        text.contains("IGNORE_TIME_SEGMENT_IN_SCORING") || text.contains("ignore_time_segment_in_scoring")
    }

    /// `file_channel_start_end`: unique, as two segments of a channel do not begin and end together.
    var id: String { "\(file)_\(channel)_\(start)_\(end)" }

    var transcript: Transcript {
        var transcript = Transcript(id: id, text: text, line: line)
        transcript.speaker = speaker
        transcript.durationInSeconds = end - start
        transcript.hasAlternatives = true
        return transcript
    }

    /// The segments of an stm file that are to be scored, in the order of the file.
    static func read(_ path: String, includingIgnored: Bool = false) throws -> [Segment] {
        var segments: [Segment] = []
        try TranscriptLines.forEach(of: path) { line in
            if line.isBlank || line.isComment { return }
            guard let (fields, rest) = line.leadingWords(5), let start = Double(fields[3]),
                let end = Double(fields[4])
            else {
                throw TranscriptError(
                    .malformed, path, line: line.number,
                    "not an stm line; expected '<file> <channel> <speaker> <begin> <end> [<labels>] <text>'")
            }
            guard start >= 0, start <= end, end.isFinite else {
                throw TranscriptError(
                    .malformed, path, line: line.number,
                    "a segment from \(fields[3]) to \(fields[4]); begin and end are seconds, 0 <= begin <= end")
            }
            var text = rest
            if let (label, behindLabel) = text.leadingWords(1), label[0].hasPrefix("<") { text = behindLabel }
            let segment = Segment(
                file: fields[0], channel: fields[1], speaker: fields[2], start: start, end: end, text: text.string,
                line: line.number)
            if includingIgnored || !segment.isIgnored { segments.append(segment) }
        }
        return segments
    }
}

/// A word of a ctm file with its time.
struct TimeMarkedWord {
    var text: String
    /// Seconds.
    var start: Double
    var middle: Double
}

/// Pairs the words of a ctm file with the segments of an stm file, as sclite does.
enum TimeMarkedWords {
    private struct Channel: Hashable {
        var file: String
        var name: String
    }

    /// References and hypotheses of every segment that is scored, in the order of the stm file.
    ///
    /// A word belongs to the first segment of its file and channel that ends after the word's middle; words behind the
    /// last segment belong to the last. Words in ignored segments are dropped with them.
    static func transcripts(stm: String, ctm: String) throws -> (
        references: [Transcript], hypotheses: [Transcript]
    ) {
        let segments = try Segment.read(stm, includingIgnored: true)
        var words = try readWords(ctm)
        var order: [Channel] = []
        var segmentsOfChannel: [Channel: [Int]] = [:]
        for (index, segment) in segments.enumerated() {
            let channel = Channel(file: segment.file, name: segment.channel)
            if segmentsOfChannel[channel] == nil { order.append(channel) }
            segmentsOfChannel[channel, default: []].append(index)
        }
        var texts = [[String]](repeating: [], count: segments.count)
        for channel in order {
            let indices = segmentsOfChannel[channel]!.sorted { segments[$0].start < segments[$1].start }
            var position = 0
            for word in words.removeValue(forKey: channel) ?? [] {
                while position < indices.count - 1 && word.middle >= segments[indices[position]].end { position += 1 }
                texts[indices[position]].append(word.text)
            }
        }
        if let stray = words.keys.min(by: { ($0.file, $0.name) < ($1.file, $1.name) }) {
            throw TranscriptError(
                .mismatch, ctm,
                "words of file '\(stray.file)' channel '\(stray.name)', which has no segment in \(stm)")
        }
        var references: [Transcript] = []
        var hypotheses: [Transcript] = []
        for (segment, text) in zip(segments, texts) where !segment.isIgnored {
            references.append(segment.transcript)
            hypotheses.append(Transcript(id: segment.id, text: text.joined(separator: " "), line: segment.line))
        }
        return (references, hypotheses)
    }

    private static func readWords(_ path: String) throws -> [Channel: [TimeMarkedWord]] {
        var words: [Channel: [TimeMarkedWord]] = [:]
        try TranscriptLines.forEach(of: path) { line in
            if line.isBlank || line.isComment { return }
            guard let (fields, _) = line.leadingWords(5) else {
                throw TranscriptError(
                    .malformed, path, line: line.number,
                    "not a ctm line; expected '<file> <channel> <begin> <duration> <word> [<confidence>]'")
            }
            if fields[4].hasPrefix("<ALT") {
                throw TranscriptError(
                    .malformed, path, line: line.number, "alternatives in a hypothesis; keep the best one only")
            }
            guard let start = Double(fields[2]), let duration = Double(fields[3]), start >= 0, duration >= 0,
                start.isFinite, duration.isFinite
            else {
                throw TranscriptError(
                    .malformed, path, line: line.number,
                    "begin '\(fields[2])' and duration '\(fields[3])' must be seconds, 0 or more")
            }
            let channel = Channel(file: fields[0], name: fields[1])
            words[channel, default: []].append(
                TimeMarkedWord(text: fields[4], start: start, middle: start + duration / 2))
        }
        // By beginning; words that begin together stay in the order of the file.
        return words.mapValues { words in
            words.indices.sorted { (words[$0].start, $0) < (words[$1].start, $1) }.map { words[$0] }
        }
    }
}
