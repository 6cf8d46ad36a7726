import ArgumentParser
import Audio
import Datasets
import Files
import Training

/// `asr benchmark features`: log-mel spectrograms of made-up sound.
struct BenchmarkFeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Measure log-mel spectrograms of an hour of made-up sound, on one thread.",
        discussion: "The samples are in memory before the clock starts; decoding and resampling are not measured.")

    @Option(help: "How features are computed: as openai/whisper does, or as Kaldi does.")
    var kind = FrontendConfiguration.Kind.whisper
    @Option(help: ArgumentHelp("Number of mel bins.", valueName: "n")) var melBins = 80
    @Option(help: ArgumentHelp("Seconds of sound.", valueName: "s")) var seconds = 3_600
    @Option(help: ArgumentHelp("Runs that are measured, after one that is not.", valueName: "n")) var runs = 7
    @Option(help: ArgumentHelp("Kernels: plain, avx2 or avx512 (default: the best here).", valueName: "name"))
    var kernels: String?
    @Flag(help: "Print one JSON object.") var json = false

    private var frontend: FrontendConfiguration { FrontendConfiguration(kind: kind, melBinCount: melBins) }

    func validate() throws {
        guard frontend.melBinCounts.contains(melBins) else {
            throw ValidationError("--mel-bins \(melBins): must be from 1 to \(frontend.melBinCounts.upperBound).")
        }
        guard (1...36_000).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 36000.") }
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
    }

    func run() throws {
        let logMel = try LogMelSpectrogram(configuration: frontend, kernels: kernels)
        let waveform = Waveform.madeUp(sampleCount: seconds * frontend.sampleRate, sampleRate: frontend.sampleRate)
        let clock = ContinuousClock()
        var times: [Double] = []
        for run in 0...runs {
            let duration = try clock.measure { _ = try logMel(waveform) }
            if run > 0 { times.append(duration / .seconds(1)) }
        }
        let report = Report(
            MeasuredTimes(times), frontend: frontend, seconds: Double(seconds), kernels: logMel.kernelsName)
        if json { try printJSON(report) } else { report.show() }
    }

    /// The figures; their names in JSON are part of the interface.
    private struct Report: Encodable {
        let kind: String
        let melBinCount: Int
        let kernels: String
        let threads = 1
        let audioInSeconds: Double
        let medianInMilliseconds: Double
        let fastestInMilliseconds: Double
        let slowestInMilliseconds: Double
        let audioPerSecond: Double
        let peakMemoryInMegabytes: Double

        private enum CodingKeys: String, CodingKey {
            case kind, kernels, threads
            case melBinCount = "mel_bins"
            case audioInSeconds = "audio_s"
            case medianInMilliseconds = "run_ms"
            case fastestInMilliseconds = "run_ms_min"
            case slowestInMilliseconds = "run_ms_max"
            case audioPerSecond = "audio_s_per_s"
            case peakMemoryInMegabytes = "peak_rss_mb"
        }

        init(_ times: MeasuredTimes, frontend: FrontendConfiguration, seconds: Double, kernels: String) {
            kind = frontend.kind.rawValue
            melBinCount = frontend.melBinCount
            self.kernels = kernels
            audioInSeconds = seconds
            medianInMilliseconds = 1_000 * times.median
            fastestInMilliseconds = 1_000 * times.least
            slowestInMilliseconds = 1_000 * times.most
            audioPerSecond = seconds / times.median
            peakMemoryInMegabytes = ResourceUsage.peakMemoryInMegabytes
        }

        func show() {
            printMeasured("features", "\(kind), \(melBinCount) mel bins, \(kernels) kernels, 1 thread")
            printMeasured(
                "run",
                "\(fixed(medianInMilliseconds, 1)) ms (\(fixed(fastestInMilliseconds, 1)) to "
                    + "\(fixed(slowestInMilliseconds, 1)))")
            printMeasured("audio", "\(fixed(audioPerSecond, 0)) s/s")
            printMeasured("peak memory", "\(fixed(peakMemoryInMegabytes, 0)) MB")
        }
    }
}
