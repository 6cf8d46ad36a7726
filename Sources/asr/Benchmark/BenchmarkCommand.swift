import ArgumentParser

/// `asr benchmark`: speed and memory on this machine.
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Measure speed and memory on this machine.",
        subcommands: [BenchmarkTrainCommand.self, BenchmarkTranscribeCommand.self, BenchmarkFeaturesCommand.self])
}

/// Median, smallest and largest of measured times.
struct MeasuredTimes {
    let median: Double
    let least: Double
    let most: Double

    /// - Precondition: there is at least one time.
    init(_ times: [Double]) {
        let sorted = times.sorted()
        median = sorted[sorted.count / 2]
        least = sorted[0]
        most = sorted[sorted.count - 1]
    }
}

/// A line of a report: what was measured, and its figures in one column.
func printMeasured(_ name: String, _ figures: String) {
    print(name + String(repeating: " ", count: max(1, 21 - name.count)) + figures)
}
