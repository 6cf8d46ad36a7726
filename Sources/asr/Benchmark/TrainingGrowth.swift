import Evaluation
import FoundationEssentials
import Training

/// How the training step grows with the batch, the length of the audio and the number of threads.
///
/// Every row is measured by a process of its own, so that its peak memory is its own too.
struct TrainingGrowth: Encodable {
    let rows: [TrainingBenchmarkReport]

    /// What differs from the preset in one row.
    struct Workload {
        let batch: Int
        let seconds: Int
        let threads: Int
    }

    private static let usualBatch = 16
    private static let usualSeconds = 10
    /// Characters of a second of speech.
    private static let charactersPerSecond = 15

    /// Batches of 8 to 64 utterances of 10 s, 16 utterances of 5 to 30 s, and 16 of 10 s on one thread and on all.
    static func workloads(threads: Int) -> [Workload] {
        let batches = [8, 16, 32, 64].map { Workload(batch: $0, seconds: usualSeconds, threads: threads) }
        let lengths = [5, 20, 30].map { Workload(batch: usualBatch, seconds: $0, threads: threads) }
        let oneThread = Workload(batch: usualBatch, seconds: usualSeconds, threads: 1)
        return batches + lengths + (threads > 1 ? [oneThread] : [])
    }

    /// Measures all rows.
    ///
    /// - Parameter options: of `asr benchmark train`, for every row.
    /// - Throws: `ProcessError` if a row could not be measured.
    init(threads: Int, options: [String]) throws {
        rows = try Self.workloads(threads: threads).map { workload in
            printError("batch \(workload.batch), \(workload.seconds) s, threads \(workload.threads) ...")
            let output = try OwnProcess.output(
                [
                    "benchmark", "train", "--json", "--batch", "\(workload.batch)", "--seconds", "\(workload.seconds)",
                    "--characters", "\(workload.seconds * Self.charactersPerSecond)", "--threads",
                    "\(workload.threads)",
                ] + options)
            return try JSONDecoder().decode(TrainingBenchmarkReport.self, from: output)
        }
    }

    /// The rows as a table; the last column compares the time for a second of audio with that of 16 utterances of 10 s on
    /// all threads.
    var table: TextTable {
        let usual = rows.first { $0.batch == Self.usualBatch && $0.utteranceInSeconds == Double(Self.usualSeconds) }
        return TextTable(
            header: ["batch", "audio s", "threads", "step ms (range)", "audio s/s", "peak MB", "time per s"],
            rows: rows.map { row in
                [
                    "\(row.batch)", fixed(row.utteranceInSeconds, 0), "\(row.threads)", row.stepText,
                    fixed(row.audioSecondsPerSecond, 0), fixed(row.peakMemoryInMegabytes, 0),
                    usual.map { fixed($0.audioSecondsPerSecond / row.audioSecondsPerSecond, 2) } ?? "",
                ]
            })
    }
}
