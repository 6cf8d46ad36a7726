import Evaluation

/// Prints and writes the results of a scored corpus as the arguments say.
struct ScoreOutput {
    var arguments: ScoringArguments
    /// Of the test set.
    var name: String
    var table: TextTable.Style?

    func write(_ score: CorpusScore, _ summary: ScoreSummary, comparedWith other: CorpusScore? = nil) throws {
        if let folder = arguments.output { try ScoreFolder(path: folder).write(score, summary, name: name) }
        if arguments.json {
            try printJSON(summary)
        } else if let table {
            TextTable.scores([(name, summary)], style: table).forEach { print($0) }
        } else {
            ScoreText(summary).lines.forEach { print($0) }
        }
    }
}
