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
        let file = try TranscriptFile(path: path)
        switch format {
        case .lines: return Self.lines(of: file)
        case .kaldi: return try Self.kaldi(file)
        case .trn: return try Self.trn(file)
        case .stm: return try Segment.read(file).map(\.transcript)
        case .jsonl: return try jsonLines(of: file)
        case .csv: return try table(file, separator: UInt8(ascii: ","))
        case .tsv: return try table(file, separator: UInt8(ascii: "\t"))
        case .ctm:
            throw TranscriptError(
                .malformed, path, "a ctm file holds words without utterances; give the reference as stm")
        }
    }

    private static func lines(of file: TranscriptFile) -> [Transcript] {
        var transcripts: [Transcript] = []
        transcripts.reserveCapacity(file.content.count / 64)
        file.forEachLine { line, number in
            transcripts.append(Transcript(id: nil, text: line.string, line: number))
        }
        return transcripts
    }

    private static func kaldi(_ file: TranscriptFile) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        transcripts.reserveCapacity(file.content.count / 64)
        try file.forEachLine { line, number in
            guard let (fields, rest) = line.leadingFields(1) else {
                throw TranscriptError(.missingId, file.path, line: number, "no id; expected '<id> <text>'")
            }
            let text = UnsafeBufferPointer(rebasing: line[rest...]).string
            transcripts.append(Transcript(id: fields[0], text: text, line: number))
        }
        return transcripts
    }

    /// The text, then `(id)`; `;;` comments and empty lines are no utterances.
    private static func trn(_ file: TranscriptFile) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        try file.forEachLine { line, number in
            let isComment = line.count >= 2 && line[0] == UInt8(ascii: ";") && line[1] == UInt8(ascii: ";")
            if isComment || line.allSatisfy(\.isBlank) { return }
            guard let close = line.lastIndex(of: UInt8(ascii: ")")), line[(close + 1)...].allSatisfy(\.isBlank),
                let open = line[..<close].lastIndex(of: UInt8(ascii: "(")), close > open + 1
            else {
                throw TranscriptError(
                    .missingId, file.path, line: number, "no id; expected '<text> (<speaker>_<utterance>)'")
            }
            let id = UnsafeBufferPointer(rebasing: line[(open + 1)..<close]).string
            var transcript = Transcript(
                id: id, text: UnsafeBufferPointer(rebasing: line[..<open]).string, line: number)
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
