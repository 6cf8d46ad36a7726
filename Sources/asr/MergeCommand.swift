import ArgumentParser
import Evaluation
import Text

/// `asr merge`: the figures of a test set whose shards were evaluated one by one.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Join the shards of an evaluation.",
        discussion: """
            Example:
              asr evaluate DATA --shard 1/2 --output results
              asr evaluate DATA --shard 2/2 --output results     (on another machine)
              asr merge results --output results

            Checks that no shard and no utterance is missing or duplicated, and that all were made of the same list by the same \
            model. Totals, intervals and reports are those of one evaluation of the whole list with the same options.
            """)

    @Argument(help: ArgumentHelp("Folders of shards, or folders that contain shards.", valueName: "dir"))
    var folders: [String]

    @Option(help: ArgumentHelp("Print a table instead of lines: text, markdown, csv, espnet.", valueName: "style"))
    var table: TextTable.Style?

    @OptionGroup var scoring: ScoringArguments
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if folders.isEmpty { throw ValidationError("Name the --output folder of asr evaluate --shard.") }
        if scoring.json && table != nil { throw ValidationError("--json and --table cannot be used together.") }
    }

    func run() throws {
        let merge = try ShardMerge(folders: folders)
        guard let usual = TextNormalizer(rawValue: merge.normalizer) else {
            throw EvaluationError(
                description:
                    "the shards were scored with the normaliser \(merge.normalizer), which this version does not have; "
                    + "name another one with --normalizer")
        }
        for failure in merge.failures { printError("Error: \(failure)") }
        let score = try CorpusScore(
            merge.records, options: scoring.options(usual: usual), threadCount: threading.count)
        let summary = try ScoreSummary(score, details: scoring.details)
        try ScoreOutput(arguments: scoring, name: merge.name, audio: AudioLinks(manifestFolder: "."), table: table)
            .write(score, summary)
        guard merge.failures.isEmpty else {
            throw EvaluationError.unread(merge.failures.count, of: merge.failures.count + merge.records.count)
        }
        try scoring.checkLimit(summary)
    }
}
