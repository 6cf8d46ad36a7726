import ArgumentParser
import Audio
import Files
import Models
import Recognition
import Tensors
import Training

extension TranscriptionBenchmark.Preset: ExpressibleByArgument {}

/// `asr benchmark transcribe`: encoder, decoder and whole transcriptions.
struct BenchmarkTranscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe", abstract: "Measure how fast a model transcribes.",
        discussion: """
            Measures one encoder pass over 30 s, the decoder for each token with beams of 1 and 5, and whole transcriptions: \
            of the files, or of 30 s of made-up sound. Real speech gives the real number of tokens.

            With --preset the model has random weights, and 30 s of sound give as many tokens as --tokens says.
            """)

    @Argument(help: ArgumentHelp("Audio files; not with --preset.", valueName: "file"))
    var files: [String] = []
    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("Model folder (default: the built-in model).", valueName: "dir"))
    var model: String?
    @Option(help: "The sizes of a Whisper model, with random weights.")
    var preset: TranscriptionBenchmark.Preset?
    @Option(help: "Number format of the computation.")
    var precision = InferencePrecision.float32
    @Option(help: ArgumentHelp("Hypotheses followed at once in whole transcriptions.", valueName: "n"))
    var beamSize = 5
    @Option(help: ArgumentHelp("Tokens of each measured search; speech has about 100 in 30 s.", valueName: "n"))
    var tokens = 100
    @Option(help: ArgumentHelp("Runs that are measured, after one that is not.", valueName: "n"))
    var runs = 7
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if preset != nil && (model != nil || !files.isEmpty) {
            throw ValidationError("--preset has random weights: it cannot be used with --model or files.")
        }
        guard (1...10_000).contains(runs) else { throw ValidationError("--runs must be from 1 to 10000.") }
        guard (1...10_000).contains(tokens) else { throw ValidationError("--tokens must be from 1 to 10000.") }
        guard (1...100).contains(beamSize) else { throw ValidationError("--beam-size must be from 1 to 100.") }
    }

    func run() throws {
        let precision = precision.supported("--precision")
        let workers = WorkerPool(threadCount: threading.count)
        let network: EncoderDecoder
        var learned: SpeechModel?
        if let preset {
            network = preset.makeNetwork()
        } else {
            let model = try ModelOptions.load(model, language: nil)
            (network, learned) = (model.network, model)
        }
        if let longest = network.configuration.longestTokenCount, tokens >= longest {
            throw ValidationError("--tokens must be below \(longest): the model has no more positions.")
        }
        let frontend = network.configuration.frontend
        // With the silence that is put around it, it has as many frames as 30 s: some models have no more positions.
        let seconds = TranscriptionBenchmark.audioInSeconds - frontend.silenceInSeconds
        let sound = Waveform.madeUp(
            sampleCount: Int(seconds * Double(frontend.sampleRate)), sampleRate: frontend.sampleRate)
        let beamSizes = Set([1, 5, beamSize]).sorted()
        let result = try TranscriptionBenchmark(network, precision: precision, workers: workers)
            .run(sound, runCount: runs, beamSizes: beamSizes, tokenCount: tokens)
        let utterances =
            try learned.map { try transcriptions($0, sound, precision: precision, workers: workers) }
            ?? .init(
                audioInSeconds: TranscriptionBenchmark.audioInSeconds, count: 1,
                times: result.utterance(beamSize: beamSize), tokenCount: tokens)
        let report = TranscriptionBenchmarkReport(
            result, utterances, model: preset?.rawValue ?? model ?? BuiltInModel.name,
            parameters: network.parameters.parameterCount,
            precision: precision, threads: threading.count, beamSize: beamSize, beamSizes: beamSizes)
        if json { try printJSON(report) } else { report.show() }
    }

    /// Transcribes the files, or the made-up sound, several times, as `asr transcribe` does.
    ///
    /// - Throws: `AudioError` for a file that cannot be read.
    private func transcriptions(
        _ model: SpeechModel, _ sound: Waveform, precision: InferencePrecision, workers: WorkerPool
    ) throws -> TranscriptionBenchmarkReport.Utterances {
        var options = TranscriptionOptions()
        options.beamSize = beamSize
        options.precision = precision
        let pipeline = TranscriptionPipeline(
            Transcriber(model: model, options: options), workers: workers,
            // Made-up sound stays whole, so that models can be compared.
            longestSegmentInSeconds: files.isEmpty ? AudioSegmenter.longestInSeconds : nil)
        let sources = files.isEmpty ? [.samples(sound, name: "made-up sound")] : files.map { AudioSource.file($0) }
        var times: [Double] = []
        var transcriptions: [Transcription] = []
        for run in 0...runs {
            let start = ContinuousClock.now
            transcriptions = []
            _ = try pipeline.run(sources) { transcriptions.append(try $1.get()) }
            if run > 0 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
        }
        return .init(
            audioInSeconds: transcriptions.reduce(0) { $0 + $1.durationInSeconds },
            count: transcriptions.reduce(0) { $0 + $1.segmentCount }, times: times,
            tokenCount: transcriptions.reduce(0) { $0 + $1.segments.reduce(0) { $0 + $1.tokens.count } })
    }
}
