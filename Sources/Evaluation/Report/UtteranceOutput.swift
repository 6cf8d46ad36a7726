import FoundationEssentials
import Text

/// One utterance as it is written to `utterances.jsonl`.
struct UtteranceLine: Encodable {
    var id: String
    var reference: String
    var hypothesis: String
    var normalizedReference: String
    var normalizedHypothesis: String
    var wer: Double
    var cer: Double
    var hits: Int
    var substitutions: Int
    var deletions: Int
    var insertions: Int
    var referenceWords: Int
    var speaker: String?
    var duration: Double?
    var audio: String?

    init(_ record: ScoringRecord, _ score: UtteranceScore, normalizer: TextNormalizer) {
        id = record.id
        reference = record.reference
        hypothesis = record.hypothesis
        normalizedReference = normalizer.normalized(record.reference)
        normalizedHypothesis = normalizer.normalized(record.hypothesis)
        wer = score.words.errorRate
        cer = score.characters.errorRate
        hits = score.words.hits
        substitutions = score.words.substitutions
        deletions = score.words.deletions
        insertions = score.words.insertions
        referenceWords = score.words.referenceCount
        speaker = record.speaker
        duration = record.durationInSeconds?.finite
        audio = record.audioPath
    }
}

/// Writes the results of a scored corpus into a folder.
public struct ScoreFolder {
    private let folder: URL

    /// Creates the folder if it is not there.
    ///
    /// - Throws: `TranscriptError` when it cannot be made.
    public init(path: String) throws {
        folder = URL(filePath: path, directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw TranscriptError(.unreadable, path, "cannot be made; choose a folder that may be written")
        }
    }

    /// Writes `summary.json`, `summary.txt`, `utterances.jsonl`, `utterances.csv` and `alignments.txt`.
    ///
    /// - Throws: `TranscriptError` naming the file that cannot be written.
    public func write(_ score: CorpusScore, _ summary: ScoreSummary, name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(try encoder.encode(summary) + Data([0x0A]), to: "summary.json")
        let table = TextTable.scores([(name, summary)], style: .espnet)
        try write(text(ScoreText(summary).lines + [""] + table), to: "summary.txt")
        try write(utteranceLines(score), to: "utterances.jsonl")
        try write(text(Self.table(score).csv), to: "utterances.csv")
        try write(try Self.alignments(score), to: "alignments.txt")
    }

    private func write(_ data: Data, to name: String) throws {
        let url = folder.appending(path: name)
        do {
            try data.write(to: url, options: .atomic)
        } catch {
            throw TranscriptError(.unreadable, url.path, "cannot be written; check the folder's rights and space")
        }
    }

    private func text(_ lines: [String]) -> Data { Data((lines.joined(separator: "\n") + "\n").utf8) }

    private func utteranceLines(_ score: CorpusScore) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for (record, utterance) in zip(score.records, score.utterances) {
            lines += try encoder.encode(UtteranceLine(record, utterance, normalizer: score.options.normalizer))
            lines.append(0x0A)
        }
        return lines
    }

    private static func table(_ score: CorpusScore) -> TextTable {
        let header = [
            "id", "reference_words", "hits", "substitutions", "deletions", "insertions", "wer", "cer", "speaker",
            "reference", "hypothesis",
        ]
        let rows = zip(score.records, score.utterances).map { record, utterance in
            [
                record.id, "\(utterance.words.referenceCount)", "\(utterance.words.hits)",
                "\(utterance.words.substitutions)", "\(utterance.words.deletions)", "\(utterance.words.insertions)",
                utterance.words.errorRate.text(6), utterance.characters.errorRate.text(6), record.speaker ?? "",
                record.reference, record.hypothesis,
            ]
        }
        return TextTable(header: header, rows: rows)
    }

    /// As sclite's `pra`: both texts word under word, errors in capitals, and a line of S, D and I.
    private static func alignments(_ score: CorpusScore) throws -> Data {
        var data = Data()
        try score.forEachAlignment(of: score.records.indices) { index, alignment in
            let counts = alignment.counts
            var lines = [
                "id: (\(score.records[index].id))",
                "Scores: (#C #S #D #I) \(counts.hits) \(counts.substitutions) \(counts.deletions) \(counts.insertions)",
            ]
            lines += AlignmentText.lines(alignment)
            data += Data((lines.joined(separator: "\n") + "\n\n").utf8)
        }
        return data
    }
}
