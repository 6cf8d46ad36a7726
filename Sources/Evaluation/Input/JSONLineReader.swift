import Files

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
    func jsonLines(_ path: String) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        let reader = JSONLines()
        try TranscriptLines.forEach(of: path) { line in
            if line.isBlank { return }
            let object = try reader.object([String: JSONScalar].self, of: line)
            if line.number == 1, HypothesisLog.isHeader(object) { return }
            transcripts.append(try transcript(object, path: path, line: line.number))
        }
        return transcripts
    }

    /// The transcript of one object or row.
    func transcript(_ fields: [String: JSONScalar], path: String, line: Int) throws -> Transcript {
        let keys = textKey.map { [$0] } ?? role.textKeys
        guard let text = keys.lazy.compactMap({ fields[$0]?.string }).first else {
            throw TranscriptError(
                .missingColumn, path, line: line,
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
