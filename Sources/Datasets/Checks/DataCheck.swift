import Files
import Models
import Tensors

/// What is wrong with labelled data, before time is spent on learning from it.
public struct DataCheck: Sendable {
    private let train: [String]
    private let dev: [String]
    private let modelChecks: ModelChecks?

    /// - Parameters:
    ///   - train: Sources to learn from (`ManifestFormat`).
    ///   - dev: Sources to measure on, which should share nothing with those; may be empty.
    ///   - model: A model that shall be trained further or measured: its vocabulary and its time resolution are looked at.
    public init(train: [String], dev: [String] = [], model: SpeechModel? = nil) {
        self.train = train
        self.dev = dev
        modelChecks = model.map(ModelChecks.init)
    }

    /// Reads every line and decodes every recording.
    ///
    /// A file that cannot be read is a finding. The report is the same for any number of threads.
    ///
    /// - Parameter progress: Called now and then with how many utterances are done, and how many there are.
    /// - Throws: `ManifestError` when a source is not labelled data at all.
    public func run(threadCount: Int, progress: (Int, Int) -> Void = { _, _ in }) throws -> DataCheckReport {
        let loaded = try (train.map { ($0, false) } + dev.map { ($0, true) }).map { path, isDev in
            (path: path, isDev: isDev, contents: try Manifest.inspect(path: path))
        }
        let total = loaded.map(\.contents.manifest.utterances.count).reduce(0, +)
        let pool = WorkerPool(threadCount: threadCount)
        var report = DataCheckReport()
        var clips: [SetChecks.Clip] = []
        var doneCount = 0
        for (path, isDev, (manifest, problems)) in loaded {
            report.findings += problems.map {
                DataFinding(.error, .manifest, $0.message, score: 100, source: "\($0.source)")
            }
            let measurements = Self.measurements(of: manifest, pool: pool) { progress(doneCount + $0, total) }
            doneCount += manifest.utterances.count
            let readable = zip(manifest.utterances, measurements).compactMap { utterance, result in
                switch result {
                case .success(let measured): return (utterance: utterance, measured: measured)
                case .failure(let error):
                    report.findings.append(
                        DataFinding(.error, .unreadable, error.description, score: 50, utterance: utterance))
                    return nil
                }
            }
            let secondsPerUnit = Self.medianSecondsPerUnit(readable)
            for (utterance, measured) in readable {
                report.findings += ClipChecks.findings(utterance, measured, secondsPerUnit: secondsPerUnit)
                if let modelChecks {
                    report.findings += modelChecks.findings(utterance, durationInSeconds: measured.durationInSeconds)
                }
                if !measured.isSilent {
                    clips.append(.init(utterance: utterance, contentHash: measured.contentHash, isDev: isDev))
                }
            }
            let source = DataCheckReport.Source(
                path: path, isDev: isDev, utteranceCount: manifest.utterances.count + problems.count,
                measurements: readable.map(\.measured))
            report.sources.append(source)
            report.findings += SetChecks.sampleRates(source) + SetChecks.channels(source)
        }
        report.findings += SetChecks.copies(clips)
        let (train, dev) = (clips.filter { !$0.isDev }.map(\.utterance), clips.filter(\.isDev).map(\.utterance))
        report.findings += SetChecks.shared(train: train, dev: dev)
        if modelChecks == nil { report.findings += SetChecks.unknownCharacters(train: train, dev: dev) }
        return report
    }

    /// A file that cannot be read, as a value.
    private struct Failure: Error {
        var description: String
    }

    private static func measurements(
        of manifest: Manifest, pool: WorkerPool, progress: (Int) -> Void
    ) -> [Result<ClipMeasurement, Failure>] {
        var results: [Result<ClipMeasurement, Failure>] = []
        let blockCount = 64  // Between two reports of progress.
        for start in stride(from: 0, to: manifest.utterances.count, by: blockCount) {
            let block = Array(manifest.utterances[start..<min(start + blockCount, manifest.utterances.count)])
            results += pool.map(itemCount: block.count) { index in
                Result { try ClipMeasurement(block[index]) }.mapError { Failure(description: "\($0)") }
            }
            progress(results.count)
        }
        return results
    }

    /// How long a unit of text takes to say in this source; 0 without utterances.
    private static func medianSecondsPerUnit(_ clips: [(utterance: Utterance, measured: ClipMeasurement)]) -> Double {
        let rates = clips.compactMap { clip -> Double? in
            let units = ClipChecks.speechUnits(clip.utterance.text)
            return units > 0 && !clip.measured.isSilent ? clip.measured.soundDurationInSeconds / units : nil
        }
        return rates.isEmpty ? 0 : rates.sorted()[rates.count / 2]
    }
}
