/// Reads files of transcripts of every format but `ctm`, whose words need segments (`TimeMarkedWords`).
public struct TranscriptReader: Sendable {
    /// Which text of a JSON line or CSV row is meant.
    public enum Role: Sendable {
        case reference, hypothesis

        /// Keys and columns that hold the text, the first that is there.
        var textKeys: [String] {
            self == .reference
                ? ["text", "reference", "ref", "transcript", "sentence", "txt"]
                : ["pred_text", "hypothesis", "hyp", "prediction", "text", "transcript", "sentence", "txt"]
        }
    }

    /// The key or column of the text; nil for the usual ones.
    public var textKey: String?
    public var role: Role

    public init(role: Role, textKey: String? = nil) {
        self.role = role
        self.textKey = textKey
    }

    /// All transcripts of a file in the order of the file.
    ///
    /// - Throws: `TranscriptError` naming the file and the line.
    public func read(path: String, format: TranscriptFormat) throws -> [Transcript] {
        switch format {
        case .lines: return try Self.lines(path)
        case .kaldi: return try Self.kaldi(path)
        case .trn: return try Self.trn(path)
        case .stm: return try Segment.read(path).map(\.transcript)
        case .jsonl: return try jsonLines(path)
        case .csv: return try table(path, separator: .comma)
        case .tsv: return try table(path, separator: .tab)
        case .ctm:
            throw TranscriptError(
                .malformed, path, "a ctm file holds words without utterances; give the reference as stm")
        }
    }

    private static func lines(_ path: String) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        try TranscriptLines.forEach(of: path) { line in
            transcripts.append(Transcript(id: nil, text: line.string, line: line.number))
        }
        return transcripts
    }

    private static func kaldi(_ path: String) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        try TranscriptLines.forEach(of: path) { line in
            guard let (words, rest) = line.leadingWords(1) else {
                throw TranscriptError(.missingId, path, line: line.number, "no id; expected '<id> <text>'")
            }
            transcripts.append(Transcript(id: words[0], text: rest.string, line: line.number))
        }
        return transcripts
    }

    /// The text, then `(id)`; `;;` comments and empty lines are no utterances.
    private static func trn(_ path: String) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        try TranscriptLines.forEach(of: path) { line in
            if line.isComment || line.isBlank { return }
            let bytes = line.bytes
            guard let close = bytes.lastIndex(of: UInt8(ascii: ")")),
                bytes[(close + 1)...].allSatisfy(\.isSpaceOrTab),
                let open = bytes[..<close].lastIndex(of: UInt8(ascii: "(")), close > open + 1
            else {
                throw TranscriptError(
                    .missingId, path, line: line.number, "no id; expected '<text> (<speaker>_<utterance>)'")
            }
            let id = UnsafeBufferPointer(rebasing: bytes[(open + 1)..<close]).string
            var transcript = Transcript(
                id: id, text: UnsafeBufferPointer(rebasing: bytes[..<open]).string, line: line.number)
            transcript.speaker = speaker(ofID: id)
            transcript.hasAlternatives = true
            transcripts.append(transcript)
        }
        return transcripts
    }

    /// What stands before the first `-`, or else before the first `_` (sclite's spu_id).
    public static func speaker(ofID id: String) -> String? {
        for separator: Character in ["-", "_"] {
            if let end = id.firstIndex(of: separator), end > id.startIndex { return String(id[..<end]) }
        }
        return nil
    }
}
