import FoundationEssentials

/// A value of a JSON object, as far as manifests need it.
enum ManifestValue: Decodable {
    case text(String)
    /// `digits` is the number as text: all its digits, where a `Double` has too few of them.
    case number(Double, digits: String)
    case other

    init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number, digits: Self.digits(of: number, in: container))
        } else {
            self = .other
        }
    }

    /// A whole number without a point. From 2^53 on a `Double` skips whole numbers, so larger types are asked.
    private static func digits(of number: Double, in container: any SingleValueDecodingContainer) -> String {
        if number.magnitude < 0x1p53 { return number == number.rounded() ? String(Int(number)) : String(number) }
        if let whole = try? container.decode(Int64.self) { return String(whole) }
        if let whole = try? container.decode(UInt64.self) { return String(whole) }
        if let decimal = try? container.decode(Decimal.self) { return decimal.description }
        return String(number)
    }

    var string: String? {
        switch self {
        case .text(let text): return text
        case .number(_, let digits): return digits
        case .other: return nil
        }
    }

    /// The value as a finite number; nil where it is none.
    var finiteNumber: Double? {
        switch self {
        case .text(let text): return Double(text)?.finite
        case .number(let number, _): return number.finite
        case .other: return nil
        }
    }
}

/// Keys that manifests and tables use, the first that is there.
enum ManifestKeys {
    static let id = ["id", "utt_id", "utterance_id", "key", "audio_filepath", "path", "wav_filename", "wav", "audio"]
    static let audio = ["audio_filepath", "path", "wav_filename", "wav", "audio"]
    static let speaker = ["speaker", "speaker_id", "spk", "client_id"]
    static let duration = ["duration"]
    static let signalToNoiseRatio = ["snr", "snr_db"]
}

extension TranscriptReader {
    /// One object a line. Empty lines are no utterances, nor is the first line of what `asr evaluate` writes.
    func jsonLines(of file: TranscriptFile) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        let decoder = JSONDecoder()
        try file.forEachLine { line, number in
            if line.allSatisfy({ $0.isBlank }) { return }
            let data = Data(line)
            guard let object = try? decoder.decode([String: ManifestValue].self, from: data) else {
                throw TranscriptError(
                    .malformed, file.path, line: number, "not a JSON object; expected one object a line")
            }
            if number == 1, object.count == 1, object["settings"] != nil { return }
            transcripts.append(try transcript(object, file: file, line: number))
        }
        return transcripts
    }

    /// The transcript of one object or row.
    func transcript(_ fields: [String: ManifestValue], file: TranscriptFile, line: Int) throws -> Transcript {
        let keys = textKey.map { [$0] } ?? role.textKeys
        guard let text = keys.lazy.compactMap({ fields[$0]?.string }).first else {
            throw TranscriptError(
                .missingColumn, file.path, line: line,
                "no \(keys.map { "'\($0)'" }.joined(separator: " or ")); name the key of the text with "
                    + (role == .reference ? "--reference-column" : "--hypothesis-column"))
        }
        func string(_ keys: [String]) -> String? { keys.lazy.compactMap { fields[$0]?.string }.first }
        func number(_ keys: [String]) -> Double? { keys.lazy.compactMap { fields[$0]?.finiteNumber }.first }
        var transcript = Transcript(id: string(ManifestKeys.id), text: text, line: line)
        transcript.audioPath = string(ManifestKeys.audio)
        transcript.speaker = string(ManifestKeys.speaker)
        transcript.durationInSeconds = number(ManifestKeys.duration)
        transcript.signalToNoiseRatio = number(ManifestKeys.signalToNoiseRatio)
        return transcript
    }
}
