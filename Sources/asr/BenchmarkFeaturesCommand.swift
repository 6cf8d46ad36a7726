import ArgumentParser
import Audio

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

    func validate() throws {
        guard (1...36_000).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 36000.") }
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
    }

    func run() throws {
        let frontend = FrontendConfiguration(kind: kind, melBinCount: melBins)
        let logMel = try LogMelSpectrogram(configuration: frontend, kernels: kernels)
        let waveform = madeUpSound(sampleCount: seconds * frontend.sampleRate, sampleRate: frontend.sampleRate)
        let clock = ContinuousClock()
        var times: [Double] = []
        for run in 0...runs {
            let duration = try clock.measure { _ = try logMel(waveform) }
            if run > 0 { times.append(duration / .seconds(1)) }
        }
        let report = Report(times.sorted(), frontend: frontend, seconds: Double(seconds), kernels: logMel.kernelsName)
        if json { try printJSON(report) } else { report.show() }
    }

    /// Noise whose loudness comes and goes.
    private func madeUpSound(sampleCount: Int, sampleRate: Int) -> Waveform {
        var state: UInt32 = 1
        let samples = (0..<sampleCount).map { index -> Float in
            state = state &* 1_664_525 &+ 1_013_904_223
            let loudness = Float(index % sampleRate) / Float(sampleRate)
            return loudness * (Float(state >> 8) / 8_388_608 - 1)
        }
        return Waveform(samples: samples, sampleRate: sampleRate)
    }

    /// The figures; field names are part of the interface.
    private struct Report: Encodable {
        let kind: String
        let mel_bins: Int
        let kernels: String
        let threads = 1
        let audio_s: Double
        let run_ms: Double
        let run_ms_min: Double
        let run_ms_max: Double
        let audio_s_per_s: Double
        let peak_rss_mb: Double

        init(_ sortedTimes: [Double], frontend: FrontendConfiguration, seconds: Double, kernels: String) {
            let median = sortedTimes[sortedTimes.count / 2]
            kind = frontend.kind.rawValue
            mel_bins = frontend.melBinCount
            self.kernels = kernels
            audio_s = seconds
            run_ms = 1_000 * median
            run_ms_min = 1_000 * sortedTimes[0]
            run_ms_max = 1_000 * sortedTimes[sortedTimes.count - 1]
            audio_s_per_s = seconds / median
            peak_rss_mb = ResourceUsage.peakMemoryInMegabytes
        }

        func show() {
            print("features             \(kind), \(mel_bins) mel bins, \(kernels) kernels, 1 thread")
            print("run                  \(fixed(run_ms, 1)) ms (\(fixed(run_ms_min, 1)) to \(fixed(run_ms_max, 1)))")
            print("audio                \(fixed(audio_s_per_s, 0)) s/s")
            print("peak memory          \(fixed(peak_rss_mb, 0)) MB")
        }
    }
}
