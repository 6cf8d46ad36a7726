import ArgumentParser
import Evaluation
import Files

/// `asr score`: error rates of text that exists already.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Print word and character error rates of recognised text.",
        discussion: """
            Examples:
              asr score ref.txt hyp.txt --normalizer english
              asr score test.stm system.ctm --alignment-weights sclite
              asr score predictions.jsonl --report report.html
              asr score --reference data/text --hypothesis a/text --compare b/text --by speaker length

            Formats are recognised by the file's name: .trn, .stm, .ctm, .jsonl (text and pred_text), .csv and .tsv with a \
            header, 'text' or .kaldi for Kaldi; any other file has one utterance per line. Utterances are paired by id, or by \
            line in files without ids. A missing, extra or repeated id is an error.
            """)

    @Argument(
        help: ArgumentHelp(
            "What was said, and what was recognised: the same as --reference and --hypothesis.", valueName: "file"))
    var files: [String] = []

    @Option(name: .customLong("reference"), help: ArgumentHelp("What was said.", valueName: "file"))
    var namedReference: String?

    @Option(
        name: .customLong("hypothesis"),
        help: ArgumentHelp(
            "What was recognised. Not needed if the reference file (JSON lines, CSV) holds it too.", valueName: "file"))
    var namedHypothesis: String?

    @Option(
        help: ArgumentHelp(
            "What a second system recognised: the two are compared by bootstrap and by a matched-pairs test.",
            valueName: "file"))
    var compare: String?

    @Option(help: ArgumentHelp("Format of all files, instead of what their names say.", valueName: "format"))
    var format: TranscriptFormat?

    @Option(help: ArgumentHelp("Format of the reference only.", valueName: "format"))
    var referenceFormat: TranscriptFormat?

    @Option(help: ArgumentHelp("Format of the hypotheses only.", valueName: "format"))
    var hypothesisFormat: TranscriptFormat?

    @Option(help: ArgumentHelp("Key or column of the reference text in JSON lines or CSV.", valueName: "name"))
    var referenceColumn: String?

    @Option(help: ArgumentHelp("Key or column of the recognised text in JSON lines or CSV.", valueName: "name"))
    var hypothesisColumn: String?

    @Flag(help: "Count all words of utterances without a hypothesis as deleted.")
    var allowMissing = false

    @Option(help: ArgumentHelp("Print a table instead of lines: text, markdown, csv, espnet.", valueName: "style"))
    var table: TextTable.Style?

    @Option(
        help: ArgumentHelp(
            "Where the report finds audio: files named after the ids, or what relative paths are relative to.",
            valueName: "dir"))
    var audioDir: String?

    @Option(help: ArgumentHelp("Name of the test set in tables and the report.", valueName: "text"))
    var name: String?

    @OptionGroup var scoring: ScoringArguments
    @OptionGroup var threading: ThreadOptions

    /// The paths as they were named, one way or the other.
    private var paths: [String] { [namedReference].compactMap(\.self) + files + [namedHypothesis].compactMap(\.self) }
    private var reference: String { paths.first ?? "" }
    private var hypothesis: String? { paths.count > 1 ? paths[1] : nil }

    func validate() throws {
        guard (1...2).contains(paths.count), namedHypothesis == nil || paths.count == 2 else {
            throw ValidationError("Name what was said and what was recognised: asr score ref.txt hyp.txt.")
        }
        if hypothesis == nil {
            let format = referenceSource.format
            guard [.jsonl, .csv, .tsv].contains(format) else {
                throw ValidationError(
                    "What was recognised is missing: a \(format.rawValue) file holds only one text for each utterance. "
                        + "Name a second file.")
            }
        }
        if scoring.json && table != nil { throw ValidationError("--json and --table cannot be used together.") }
    }

    func run() throws {
        let score = try score(of: hypothesis ?? reference)
        let other = try compare.map { try self.score(of: $0) }
        let summary = try ScoreSummary(score, details: scoring.details, comparedWith: other)
        let audio = AudioLinks(manifestFolder: AudioLinks.folder(of: reference), audioFolder: audioDir)
        let output = ScoreOutput(
            arguments: scoring, name: name ?? reference,
            systems: [hypothesis ?? reference] + (compare.map { [$0] } ?? []),
            audio: audio, table: table)
        try output.write(score, summary, comparedWith: other)
        try scoring.checkLimit(summary)
    }

    private var referenceSource: TranscriptSource {
        TranscriptSource(path: reference, format: referenceFormat ?? format, textKey: referenceColumn)
    }

    private func score(of path: String) throws -> CorpusScore {
        let source = TranscriptSource(path: path, format: hypothesisFormat ?? format, textKey: hypothesisColumn)
        let records = try RecordMatching.records(
            reference: referenceSource, hypothesis: source, allowsMissing: allowMissing)
        return try CorpusScore(records, options: scoring.options(), threadCount: threading.count)
    }
}
