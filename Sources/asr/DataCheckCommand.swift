import ArgumentParser
import Datasets
import Files
import FoundationEssentials
import Glibc
import Models

/// `asr data check`: what is wrong with labelled data.
struct DataCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "List what is wrong with labelled data, the worst clips first.",
        discussion: """
            Reads every line and decodes every recording. Errors (lines that cannot be read, damaged audio, silence, text too \
            long for its audio, the same recording in train and dev) end the command with exit code 1; warnings (clipping, \
            noise, cut clips, odd speaking rates, shared speakers ...) name clips that are worth listening to.
            """
    )

    @Argument(help: ArgumentHelp("Labelled data: folders or manifest files; treated like --train.", valueName: "path"))
    var paths: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Labelled data to train on.", valueName: "path"))
    var train: [String] = []

    @Option(

        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Labelled data to measure on: none of it should be in the training data.", valueName: "path"))
    var dev: [String] = []

    @Option(help: ArgumentHelp("Model folder: also report what this model cannot learn or write.", valueName: "dir"))
    var model: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many of the worst clips to list; 0 for none.", valueName: "n"))
    var limit = 20

    @OptionGroup var threading: ThreadOptions

    @Flag(help: "Print one JSON object with every finding.")
    var json = false

    func validate() throws {
        if (paths + train + dev).isEmpty { throw ValidationError("Name the labelled data to check.") }
        if limit < 0 { throw ValidationError("--limit must not be negative.") }
    }

    func run() throws {
        let showsProgress = isatty(STDERR_FILENO) == 1
        let check = try DataCheck(
            train: paths + train, dev: dev,
            model: model.map { try SpeechModel(directory: try BuiltInModel.directory(for: $0)) })
        let report = try check.run(threadCount: threading.count) { done, total in
            if showsProgress { writeError("\r\(done) of \(total) clips") }
        }
        if showsProgress { writeError("\r\u{1B}[K") }
        if json {
            print(try DataCheckText.json(report))
        } else {
            print(DataCheckText.summary(report, limit: limit), terminator: "")
        }
        if report.errorCount > 0 { throw ExitCode.failure }
    }
}

/// How a report is shown.
enum DataCheckText {
    /// The JSON object: counts and every finding.
    static func json(_ report: DataCheckReport) throws -> String {
        struct Object: Encodable {
            var errors: Int
            var warnings: Int
            var sources: [DataCheckReport.Source]
            var findings: [DataFinding]
        }
        let object = Object(
            errors: report.errorCount, warnings: report.warningCount, sources: report.sources,
            findings: report.worstFirst.flatMap(\.findings))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(object), as: UTF8.self)
    }

    /// What was checked, how often each thing was found, and the worst clips.
    static func summary(_ report: DataCheckReport, limit: Int) -> String {
        var lines: [String] = []
        for source in report.sources {
            let amounts =
                ["\(source.utteranceCount) utterances", "\(fixed(source.hours, 2)) h"]
                + source.sampleRates.map { "\($0.hertz) Hz" }
            lines.append("\(source.path)\(source.isDev ? " (dev)" : ""): \(amounts.joined(separator: ", "))")
        }
        lines.append("")
        if report.findings.isEmpty { return (lines + ["nothing found", ""]).joined(separator: "\n") }
        for (severity, kind, count) in report.counts {
            lines.append(
                padded(severity.rawValue, 8) + padded(kind.rawValue, 18) + padded("\(count)", 6, onTheLeft: true)
                    + "  " + kind.explanation)
        }
        let worst = report.worstFirst
        if limit > 0 {
            lines += [
                "", worst.count > limit ? "The worst \(limit) of \(worst.count):" : "All of them, the worst first:",
            ]
            for clip in worst.prefix(limit) { lines += self.lines(of: clip) }
        }
        lines += ["", "errors: \(report.errorCount), warnings: \(report.warningCount)"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// A clip in two to three lines: where, what, and its text.
    private static func lines(of clip: DataCheckReport.Clip) -> [String] {
        let first = clip.findings[0]
        var lines = [first.audioPath.map { "\(first.source) (\($0))" } ?? first.source]
        lines += clip.findings.map { "    \($0.severity.rawValue): \($0.kind.rawValue): \($0.message)" }
        if let text = first.text { lines.append("    \"\(text)\"") }
        return lines
    }

    static func padded(_ text: String, _ width: Int, onTheLeft: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - text.count))
        return onTheLeft ? spaces + text : text + spaces
    }
}
