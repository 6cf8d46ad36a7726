/// One utterance of a file of transcripts: a text with what the file says about it.
public struct Transcript: Sendable {
    /// Nil in formats without ids, where the line number pairs reference and hypothesis.
    public var id: String?
    public var text: String
    /// The line of the file, counted from 1.
    public var line: Int
    public var speaker: String?
    public var durationInSeconds: Double?
    public var audioPath: String?
    /// In dB, where a manifest says so.
    public var signalToNoiseRatio: Double?
    /// Whether `{ a / b }` and `(x)` in the text are alternatives and optional words (trn and stm).
    public var hasAlternatives = false

    public init(id: String?, text: String, line: Int) {
        self.id = id
        self.text = text
        self.line = line
    }
}

/// How a file of transcripts is written.
public enum TranscriptFormat: String, CaseIterable, Sendable, Codable {
    /// One text a line; line n of the reference belongs to line n of the hypothesis.
    case lines
    /// Kaldi `text`: an id, white space, the text.
    case kaldi
    /// sclite `trn`: the text, then the id in parentheses.
    case trn
    /// sclite `stm`: file, channel, speaker, begin, end, optional `<labels>`, text.
    case stm
    /// sclite `ctm`: file, channel, begin, duration, word, optional confidence.
    case ctm
    /// One JSON object a line, with `text` or `pred_text`.
    case jsonl
    /// Comma-separated values with a header.
    case csv
    /// Tab-separated values with a header.
    case tsv

    /// The format that the file's name tells: its extension, or the name `text` for Kaldi; otherwise lines.
    /// All may be packed by gzip: `cuts.jsonl.gz`.
    public init(path: String) {
        let unpacked = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
        let name = unpacked.split(separator: "/").last.map(String.init) ?? unpacked
        let fileExtension = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        switch fileExtension {
        case "trn", "stm", "ctm", "csv", "tsv": self = TranscriptFormat(rawValue: fileExtension)!
        case "jsonl", "json", "ndjson": self = .jsonl
        default: self = name == "text" || fileExtension == "kaldi" ? .kaldi : .lines
        }
    }
}
