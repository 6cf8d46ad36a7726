import Evaluation
import Files

/// Prints and writes the results of a scored corpus as the arguments say.
struct ScoreOutput {
    var arguments: ScoringArguments
    /// Of the test set.
    var name: String
    /// Names of the first and the second system.
    var systems: [String] = []
    /// What a report says under its title, besides date and command.
    var notes: [String] = []
    var audio: AudioLinks
    var table: TextTable.Style?

    func write(_ score: CorpusScore, _ summary: ScoreSummary, comparedWith other: CorpusScore? = nil) throws {
        // First what took long to compute: a file that cannot be written must not take it along.
        if arguments.json {
            try printJSON(summary)
        } else if let table {
            for line in TextTable.scores([(name, summary)], style: table) { print(line) }
        } else {
            for line in ScoreText(summary).lines { print(line) }
        }
        if let folder = arguments.output { try ScoreFolder(path: folder).write(score, summary, name: name) }
        if let report = arguments.report { try writeReport(to: report, score, comparedWith: other) }
    }

    private func writeReport(to path: String, _ score: CorpusScore, comparedWith other: CorpusScore?) throws {
        var details = arguments.details
        details.groupings = Grouping.allCases
        details.frequentErrorCount = max(details.frequentErrorCount, 20)
        let summary = try ScoreSummary(score, details: details, comparedWith: other)
        let paths = score.records.map { audio.path(of: $0) }
        let spectrograms = try ReportSpectrograms.make(
            for: score, paths: paths, count: arguments.reportSpectrograms, warn: printWarning)
        let folder = AudioLinks.folder(of: path)
        let links = paths.map { $0.map { AudioLinks.relative($0, to: folder) } }
        let html = try HTMLReport.html(
            score, summary: summary, name: name, notes: notes + ["\(RunNotes.date), \(RunNotes.command)"],
            systems: systems, comparedWith: other, audioLinks: links,
            spectrograms: spectrograms)
        try AtomicFile.write(html, to: path)
    }
}
