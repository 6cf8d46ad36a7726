import ArgumentParser
import Datasets
import Files
import FoundationEssentials
import Tensors

/// `asr data stats`: how much labelled data there is.
struct DataStatisticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count hours, utterances, speakers, lengths and characters of labelled data."
    )

    @Argument(help: ArgumentHelp("Labelled data: folders or manifest files.", valueName: "path"))
    var paths: [String]

    @OptionGroup var threading: ThreadOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        var manifest = try Manifest.load(paths: paths)
        let problems = manifest.measureDurations(pool: WorkerPool(threadCount: threading.count))
        guard problems.isEmpty else { throw ManifestError(problems: problems) }
        let statistics = DataStatistics(manifest)
        print(json ? try Self.json(statistics) : Self.text(statistics), terminator: json ? "\n" : "")
    }

    private static func json(_ statistics: DataStatistics) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(statistics), as: UTF8.self)
    }

    private static func text(_ statistics: DataStatistics) -> String {
        var lines = [
            "utterances   \(statistics.utteranceCount)",
            "hours        \(fixed(statistics.hours, 2))",
            "speakers     \(statistics.speakerCount)"
                + (statistics.unknownSpeakerCount > 0
                    ? " known, and \(statistics.unknownSpeakerCount) utterances by unknown ones" : ""),
            "sentences    \(statistics.differentSentenceCount) different",
            "words        \(statistics.wordCount), \(statistics.differentWordCount) different",
            "length       \(fixed(statistics.shortestInSeconds, 2)) to \(fixed(statistics.longestInSeconds, 2)) s, "
                + "median \(fixed(statistics.medianInSeconds, 2)) s",
        ]
        let largest = max(1, statistics.lengths.map(\.count).max() ?? 1)
        for bar in statistics.lengths where bar.count > 0 {
            let range =
                bar.toSeconds.map { "\(Int(bar.fromSeconds)) to \(Int($0)) s" } ?? "from \(Int(bar.fromSeconds)) s"
            lines.append(
                "  " + DataCheckText.padded(range, 12) + DataCheckText.padded("\(bar.count)", 7, onTheLeft: true) + "  "
                    + String(repeating: "#", count: (bar.count * 50 + largest - 1) / largest))
        }
        lines.append("characters   \(statistics.characters.count) different, the most frequent first:")
        let listed = statistics.characters.prefix(100)
            .map { "\($0.character == " " ? "space" : $0.character) \($0.count)" }
        lines.append("  " + listed.joined(separator: ", "))
        if statistics.characters.count > 100 {
            let rare = statistics.characters.suffix(20).map(\.character).joined(separator: " ")
            lines.append("  ... (--json lists all), the rarest: \(rare)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
