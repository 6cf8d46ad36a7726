/// Pairs the utterances of two files.
public enum RecordMatching {
    /// Reads both files and pairs their utterances: by id where there are ids, else by line.
    ///
    /// - Parameter allowsMissing: a reference without hypothesis counts as all deletions instead of being an error.
    /// - Throws: `TranscriptError` for a fault in a file, and for ids that are missing, extra or there twice.
    public static func records(
        reference: TranscriptSource, hypothesis: TranscriptSource, allowsMissing: Bool = false
    ) throws -> [ScoringRecord] {
        if hypothesis.format == .ctm {
            guard reference.format == .stm else {
                throw TranscriptError(
                    .mismatch, reference.path, "a ctm hypothesis needs an stm reference, which has the segments")
            }
            let pairs = try TimeMarkedWords.transcripts(
                stm: reference.path, ctm: hypothesis.path)
            return zip(pairs.references, pairs.hypotheses).map { record($0, hypothesis: $1.text) }
        }
        // Both files at once: reading takes as long as scoring.
        let readers = [
            (source: reference, reader: TranscriptReader(role: .reference, textKey: reference.textKey)),
            (source: hypothesis, reader: TranscriptReader(role: .hypothesis, textKey: hypothesis.textKey)),
        ]
        let transcripts = concurrently(2) { index in
            Result {
                try readers[index].reader.read(path: readers[index].source.path, format: readers[index].source.format)
            }
        }
        let references = try transcripts[0].get()
        let hypotheses = try transcripts[1].get()
        return try records(
            references, from: reference.path, hypotheses, from: hypothesis.path, allowsMissing: allowsMissing)
    }

    static func records(
        _ references: [Transcript], from referencePath: String, _ hypotheses: [Transcript],
        from hypothesisPath: String, allowsMissing: Bool
    ) throws -> [ScoringRecord] {
        let referenceHasIds = try hasIds(references, path: referencePath)
        let hypothesisHasIds = try hasIds(hypotheses, path: hypothesisPath)
        if references.isEmpty {
            throw TranscriptError(.mismatch, referencePath, "holds no utterance; there is nothing to score")
        }
        if hypotheses.isEmpty && !allowsMissing || referenceHasIds != hypothesisHasIds && !hypotheses.isEmpty {
            throw TranscriptError(
                .mismatch, hypothesisPath,
                hypotheses.isEmpty
                    ? "holds no utterance; count all as deleted with --allow-missing"
                    : "\(hypothesisHasIds ? "has" : "has no") ids, but \(referencePath) "
                        + "\(referenceHasIds ? "has" : "has none"); use one format, or say which with --format")
        }
        if referenceHasIds {
            return try recordsById(
                references, from: referencePath, hypotheses, from: hypothesisPath, allowsMissing: allowsMissing)
        }
        let isShort = hypotheses.count < references.count
        if hypotheses.count > references.count || isShort && !allowsMissing {
            throw TranscriptError(
                .mismatch, hypothesisPath,
                "\(hypotheses.count) lines, but \(referencePath) has \(references.count); line n of one belongs to "
                    + "line n of the other" + (isShort ? " (--allow-missing counts missing lines as deleted)" : ""))
        }
        return references.enumerated().map { index, reference in
            record(reference, hypothesis: index < hypotheses.count ? hypotheses[index].text : "")
        }
    }

    /// Whether the transcripts have ids: all or none of them.
    private static func hasIds(_ transcripts: [Transcript], path: String) throws -> Bool {
        guard let first = transcripts.first else { return false }
        if let odd = transcripts.first(where: { ($0.id == nil) != (first.id == nil) }) {
            let withoutId = first.id == nil ? first : odd
            throw TranscriptError(
                .missingId, path, line: withoutId.line,
                "no id, but other lines have one; add a field \(ManifestKeys.id.map { "'\($0)'" }.joined(separator: ", "))"
            )
        }
        return first.id != nil
    }

    private static func recordsById(
        _ references: [Transcript], from referencePath: String, _ hypotheses: [Transcript],
        from hypothesisPath: String, allowsMissing: Bool
    ) throws -> [ScoringRecord] {
        let hypothesisOfId = try indexed(hypotheses, path: hypothesisPath)
        _ = try indexed(references, path: referencePath)
        var missing: [String] = []
        var found = 0
        let records = references.map { reference in
            guard let index = hypothesisOfId[reference.id!] else {
                missing.append(reference.id!)
                return record(reference, hypothesis: "")
            }
            found += 1
            return record(reference, hypothesis: hypotheses[index].text)
        }
        if !missing.isEmpty && !allowsMissing {
            throw TranscriptError(
                .mismatch, hypothesisPath,
                "no hypothesis for \(list(missing)); count them as deleted with --allow-missing")
        }
        if found < hypotheses.count {
            let known = Set(references.map { $0.id! })
            let extra = hypotheses.compactMap { known.contains($0.id!) ? nil : $0.id }
            throw TranscriptError(
                .mismatch, hypothesisPath, "no reference in \(referencePath) for \(list(extra)); remove them")
        }
        return records
    }

    private static func indexed(_ transcripts: [Transcript], path: String) throws -> [String: Int] {
        var indexOfId: [String: Int] = [:]
        indexOfId.reserveCapacity(transcripts.count)
        var duplicates: [String] = []
        for (index, transcript) in transcripts.enumerated() {
            if indexOfId.updateValue(index, forKey: transcript.id!) != nil { duplicates.append(transcript.id!) }
        }
        if !duplicates.isEmpty {
            throw TranscriptError(.mismatch, path, "more than one line for \(list(duplicates)); keep one of each")
        }
        return indexOfId
    }

    /// "3 ids: a, b, c", the first ten only.
    private static func list(_ ids: [String]) -> String {
        let names = ids.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
        return "\(ids.count) \(ids.count == 1 ? "id" : "ids"): \(names)" + (ids.count > 10 ? ", ..." : "")
    }

    private static func record(_ reference: Transcript, hypothesis: String) -> ScoringRecord {
        ScoringRecord(
            id: reference.id ?? String(reference.line), reference: reference.text, hypothesis: hypothesis,
            speaker: reference.speaker, durationInSeconds: reference.durationInSeconds,
            audioPath: reference.audioPath, signalToNoiseRatio: reference.signalToNoiseRatio,
            hasAlternatives: reference.hasAlternatives)
    }
}
