import FoundationEssentials

/// How a transcription is written; openai/whisper `utils.py`.
public enum TranscriptionFormat: String, CaseIterable, Sendable {
    case text
    case json
    case srt
    case vtt
    case tsv

    /// The extension of a file in this format.
    public var fileExtension: String { self == .text ? "txt" : rawValue }

    /// The content of a file, ending in a line break.
    public func content(_ transcription: Transcription) throws -> String {
        switch self {
        case .text: transcription.text + "\n"
        case .json: try Self.json(transcription)
        case .srt:
            transcription.segments.enumerated().map { index, segment in
                "\(index + 1)\n\(Self.times(segment, hours: true, mark: ","))\n\(Self.cue(segment.text))\n\n"
            }.joined()
        case .vtt:
            "WEBVTT\n\n"
                + transcription.segments.map { segment in
                    "\(Self.times(segment, hours: false, mark: "."))\n\(Self.cue(segment.text))\n\n"
                }.joined()
        case .tsv:
            "start\tend\ttext\n"
                + transcription.segments.map { segment in
                    let text = String(segment.text.map { $0 == "\t" ? " " : $0 })
                    return
                        "\(Self.milliseconds(segment.startInSeconds))\t\(Self.milliseconds(segment.endInSeconds))\t\(text)\n"
                }.joined()
        }
    }

    private struct JSONTranscript: Encodable {
        struct Word: Encodable {
            let word: String
            let start: Double
            let end: Double
            let probability: Double
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
            let words: [Word]?

            enum CodingKeys: String, CodingKey {
                case id, start, end, text, tokens, temperature, words
                case compressionRatio = "compression_ratio"
                case noSpeechProbability = "no_speech_prob"
                case averageLogProbability = "avg_logprob"
            }
        }
        let text: String
        let segments: [Segment]
        let language: String
        let duration: Double
    }

    private static func json(_ transcription: Transcription) throws -> String {
        let segments = transcription.segments.enumerated().map { id, segment in
            JSONTranscript.Segment(
                id: id, start: Double(milliseconds(segment.startInSeconds)) / 1_000,
                end: Double(milliseconds(segment.endInSeconds)) / 1_000, text: segment.text, tokens: segment.tokens,
                averageLogProbability: segment.averageLogProbability, temperature: segment.temperature,
                compressionRatio: segment.compressionRatio, noSpeechProbability: segment.noSpeechProbability,
                words: segment.words?.map {
                    JSONTranscript.Word(
                        word: $0.text, start: $0.startInSeconds, end: $0.endInSeconds, probability: $0.probability)
                })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let object = JSONTranscript(
            text: transcription.text, segments: segments, language: transcription.language,
            duration: Double(milliseconds(transcription.durationInSeconds)) / 1_000)
        return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }

    private static func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1_000).rounded()) }

    /// The arrow that separates times may not occur in a text.
    private static func cue(_ text: String) -> String {
        text.split(separator: "-->", omittingEmptySubsequences: false).joined(separator: "->")
    }

    private static func times(_ segment: Transcription.Segment, hours: Bool, mark: String) -> String {
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = "\(value)"
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        func time(_ seconds: Double) -> String {
            let total = milliseconds(seconds)
            let hour = total / 3_600_000
            let prefix = hours || hour > 0 ? "\(padded(hour, 2)):" : ""
            return
                "\(prefix)\(padded(total / 60_000 % 60, 2)):\(padded(total / 1_000 % 60, 2))\(mark)\(padded(total % 1_000, 3))"
        }
        return "\(time(segment.startInSeconds)) --> \(time(segment.endInSeconds))"
    }
}
