import FoundationEssentials

/// How a transcription is written; openai/whisper `utils.py`.
public enum TranscriptionFormat: String, CaseIterable, Sendable {
    case text
    case json
    case srt
    case vtt
    case tsv
    /// Lines of a song with the time of each.
    case lrc
    /// NIST's time-marked words, for sclite.
    case ctm
    /// NIST's transcripts, for sclite.
    case trn

    /// The extension of a file in this format.
    public var fileExtension: String { self == .text ? "txt" : rawValue }

    /// Whether it shows when words are said.
    public var showsWordTimes: Bool { [.srt, .vtt, .lrc, .ctm].contains(self) }

    /// The content of a file, ending in a line break.
    ///
    /// - Parameters:
    ///   - file: the file, as json names it; nil: it does not.
    ///   - name: what the recording is called in ctm and trn: its file without folder and extension.
    ///   - subtitles: how srt and vtt are cut.
    /// - Throws: `TranscriptionFormatError` for ctm where words have no times.
    public func content(
        _ transcription: Transcription, file: String? = nil, name: String = "recording",
        subtitles: SubtitleOptions = SubtitleOptions()
    ) throws -> String {
        switch self {
        case .text: transcription.text + "\n"
        case .json: try Self.json(transcription, file: file)
        case .srt: SubtitleText(style: .srt, subtitles).content(transcription)
        case .vtt: SubtitleText(style: .vtt, subtitles).content(transcription)
        case .lrc: Self.lyrics(transcription)
        case .ctm: try Self.timeMarked(transcription, name: name)
        case .trn: "\(transcription.text) (\(Self.oneWord(name)))\n"
        case .tsv:
            "start\tend\ttext\n"
                + transcription.segments.map { segment in
                    let text = String(segment.text.map { $0 == "\t" ? " " : $0 })
                    return
                        "\(milliseconds(segment.startInSeconds))\t\(milliseconds(segment.endInSeconds))\t\(text)\n"
                }.joined()
        }
    }

    private enum JSONTranscript {
        struct Word: Encodable {
            let word: String
            let start: Double
            let end: Double
            let probability: Double
            let confidence: Double?
        }
        struct Segment: Encodable {
            let id: Int
            let start: Double
            let end: Double
            let text: String
            let tokens: [Int]
            let averageLogProbability: Double
            let temperature: Double?
            let compressionRatio: Double?
            let noSpeechProbability: Double?
            let confidence: Double?
            let words: [Word]?

            enum CodingKeys: String, CodingKey {
                case id, start, end, text, tokens, temperature, confidence, words
                case compressionRatio = "compression_ratio"
                case noSpeechProbability = "no_speech_prob"
                case averageLogProbability = "avg_logprob"
            }
        }
        struct Stretch: Encodable {
            let start: Double
            let end: Double
            let kind: Coverage.Kind
            /// Nil where it is no gap.
            let reason: String?
        }
        struct ScoredText: Encodable {
            struct Part: Encodable {
                let score: Double
                let weight: Double
            }
            let text: String
            let score: Double
            let parts: [String: Part]
        }
        struct NBest: Encodable {
            let start: Double
            let end: Double
            let texts: [ScoredText]
        }
    }

    /// Written part by part: the tree that an encoder makes of hours takes ten times the memory of their text.
    private static func json(_ transcription: Transcription, file: String?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = "{"
        func add(_ key: String, _ value: some Encodable) throws {
            text += "\(text == "{" ? "" : ",")\"\(key)\":" + String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        func add<Item, Part: Encodable>(_ key: String, _ items: [Item], _ part: (Int, Item) -> Part) throws {
            text += "\(text == "{" ? "" : ",")\"\(key)\":["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                text += String(decoding: try encoder.encode(part(index, item)), as: UTF8.self)
            }
            text += "]"
        }
        // Keys in the order of the alphabet, as the encoder sorts those of the parts.
        try add("coverage", transcription.coverage.stretches) { _, stretch in
            JSONTranscript.Stretch(
                start: thousandths(stretch.startInSeconds), end: thousandths(stretch.endInSeconds), kind: stretch.kind,
                reason: stretch.reason.isEmpty ? nil : stretch.reason)
        }
        try add("duration", thousandths(transcription.durationInSeconds))
        if let file { try add("file", file) }
        try add("language", transcription.language)
        if !transcription.nBest.isEmpty { try add("n_best", transcription.nBest) { json($1) } }
        try add("segments", transcription.segments) { json($1, id: $0) }
        try add("text", transcription.text)
        return text + "}\n"
    }

    private static func json(_ segment: Transcription.Segment, id: Int) -> JSONTranscript.Segment {
        JSONTranscript.Segment(
            id: id, start: thousandths(segment.startInSeconds), end: thousandths(segment.endInSeconds),
            text: segment.text, tokens: segment.tokens, averageLogProbability: segment.averageLogProbability,
            temperature: segment.temperature, compressionRatio: segment.compressionRatio,
            noSpeechProbability: segment.noSpeechProbability, confidence: segment.confidence.map(thousandths),
            words: segment.words?.map {
                JSONTranscript.Word(
                    word: $0.text, start: $0.startInSeconds, end: $0.endInSeconds, probability: $0.probability,
                    confidence: $0.confidence.map(thousandths))
            })
    }

    private static func json(_ nBest: Transcription.NBest) -> JSONTranscript.NBest {
        JSONTranscript.NBest(
            start: thousandths(nBest.startInSeconds), end: thousandths(nBest.endInSeconds),
            texts: nBest.texts.map { text in
                let parts = text.parts.map {
                    ($0.name, JSONTranscript.ScoredText.Part(score: $0.score, weight: $0.weight))
                }
                return JSONTranscript.ScoredText(
                    text: text.text, score: text.score, parts: Dictionary(uniqueKeysWithValues: parts))
            })
    }

    /// `[minutes:seconds.hundredths]text`, a line for each segment.
    private static func lyrics(_ transcription: Transcription) -> String {
        transcription.segments.map { segment in
            let hundredths = Int((segment.startInSeconds * 100).rounded())
            let (minutes, rest) = hundredths.quotientAndRemainder(dividingBy: 6_000)
            return "[\(padded(minutes, 2)):\(padded(rest / 100, 2)).\(padded(rest % 100, 2))]\(segment.text)\n"
        }.joined()
    }

    /// `name channel begin duration word confidence`, a line for each word; SCTK, `infmts.htm`.
    private static func timeMarked(_ transcription: Transcription, name: String) throws -> String {
        try transcription.segments.map { segment in
            guard let words = segment.words else {
                throw TranscriptionFormatError(
                    description: "ctm needs the times of words, which this model does not give; choose another --format"
                )
            }
            return words.map { word in
                let (start, end) = (milliseconds(word.startInSeconds), milliseconds(word.endInSeconds))
                return
                    "\(oneWord(name)) 1 \(decimal(start)) \(decimal(end - start)) \(oneWord(word.text)) \(decimal(milliseconds(word.confidence ?? word.probability)))\n"
            }.joined()
        }.joined()
    }

    /// A text without spaces, which separate columns.
    private static func oneWord(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: "_")
    }

    /// Thousandths as a decimal number.
    private static func decimal(_ thousandths: Int) -> String {
        "\(thousandths / 1_000).\(padded(thousandths % 1_000, 3))"
    }
}

/// A text that a format cannot hold.
public struct TranscriptionFormatError: Error, CustomStringConvertible {
    public let description: String
}

/// A number with three digits behind the point at most.
func thousandths(_ value: Double) -> Double { Double(milliseconds(value)) / 1_000 }

/// Seconds as whole thousandths.
func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1_000).rounded()) }

/// A number with zeros in front.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
