import ArgumentParser
import Recognition
import Training

/// `asr benchmark`: speed and memory on this machine.
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Measure speed and memory on this machine.",
        subcommands: [BenchmarkTrainCommand.self, BenchmarkFeaturesCommand.self])
}

extension ComputationPrecision: ExpressibleByArgument {}
extension TrainingBenchmark.Preset: ExpressibleByArgument {}

/// `asr benchmark train`: steps of training on made-up data.
struct BenchmarkTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Measure training steps on made-up data of fixed sizes.")

    @Option(help: "The sizes of a model and its batch; the options below change them.")
    var preset = TrainingBenchmark.Preset.base8M
    @Option(help: "The type of activations and products.")
    var precision = ComputationPrecision.float32
    @Option(help: ArgumentHelp("Utterances of a step.", valueName: "n")) var batch: Int?
    @Option(help: ArgumentHelp("Seconds of audio of each utterance.", valueName: "s")) var seconds: Double?
    @Option(help: ArgumentHelp("Characters of each utterance.", valueName: "n")) var characters: Int?
    @Option(help: ArgumentHelp("Model dimension.", valueName: "n")) var dimension: Int?
    @Option(help: ArgumentHelp("Attention heads.", valueName: "n")) var heads: Int?
    @Option(help: ArgumentHelp("Feed-forward dimension.", valueName: "n")) var feedForward: Int?
    @Option(help: ArgumentHelp("Encoder layers.", valueName: "n")) var encoderLayers: Int?
    @Option(help: ArgumentHelp("Decoder layers.", valueName: "n")) var decoderLayers: Int?
    @Option(help: ArgumentHelp("Frames of a micro-batch at most.", valueName: "n")) var microBatchFrames: Int?
    @Option(help: ArgumentHelp("Steps that are measured, at least 7.", valueName: "n")) var steps = 9
    @Option(help: ArgumentHelp("Steps before them.", valueName: "n")) var warmup = 2
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        guard steps >= 7, warmup >= 0 else { throw ValidationError("--steps must be at least 7, --warmup at least 0.") }
        for (option, value) in [
            ("--batch", batch), ("--characters", characters), ("--micro-batch-frames", microBatchFrames),
        ] {
            if let value, !(1...1_000_000).contains(value) {
                throw ValidationError("\(option) must be from 1 to 1000000.")
            }
        }
        if let seconds, !(0.1...600).contains(seconds) { throw ValidationError("--seconds must be from 0.1 to 600.") }
    }

    func run() throws {
        var workload = TrainingBenchmark.Workload.preset(preset)
        workload.precision = precision
        workload.batchSize = batch ?? workload.batchSize
        workload.utteranceInSeconds = seconds ?? workload.utteranceInSeconds
        workload.characterCount = characters ?? workload.characterCount
        workload.model.transformer.modelDimension = dimension ?? workload.model.transformer.modelDimension
        workload.model.transformer.headCount = heads ?? workload.model.transformer.headCount
        workload.model.transformer.feedForwardDimension =
            feedForward ?? workload.model.transformer.feedForwardDimension
        workload.model.encoderLayerCount = encoderLayers ?? workload.model.encoderLayerCount
        workload.model.decoderLayerCount = decoderLayers ?? workload.model.decoderLayerCount
        workload.maximumFramesPerMicroBatch = microBatchFrames ?? workload.maximumFramesPerMicroBatch
        try workload.model.validate()
        let result = try TrainingBenchmark(workload)
            .run(threadCount: threading.count, warmupCount: warmup, stepCount: steps)
        let report = Report(result, workload, threads: threading.count, preset: preset)
        if json { try printJSON(report) } else { report.show() }
    }

    /// The figures; their keys in JSON are part of the interface.
    private struct Report: Encodable {
        let preset: String
        let precision: String
        let threads: Int
        let batch: Int
        let parameters: Int
        let stepInMilliseconds: Double
        let shortestStepInMilliseconds: Double
        let longestStepInMilliseconds: Double
        let audioSecondsPerSecond: Double
        let gigaflopsPerSecond: Double
        let productGigaflopsPerSecond: Double
        let shareOfProductSpeed: Double
        let peakMemoryInMegabytes: Double

        enum CodingKeys: String, CodingKey {
            case preset, precision, threads, batch, parameters
            case shortestStepInMilliseconds = "step_ms_min"
            case longestStepInMilliseconds = "step_ms_max"
            case stepInMilliseconds = "step_ms"
            case audioSecondsPerSecond = "audio_s_per_s"
            case productGigaflopsPerSecond = "product_gflop_per_s"
            case shareOfProductSpeed = "share_of_product_speed"
            case gigaflopsPerSecond = "gflop_per_s"
            case peakMemoryInMegabytes = "peak_rss_mb"
        }

        init(
            _ result: TrainingBenchmark.Result, _ workload: TrainingBenchmark.Workload, threads: Int,
            preset: TrainingBenchmark.Preset
        ) {
            let sorted = result.stepsInMilliseconds.sorted()
            let median = sorted[sorted.count / 2]
            self.preset = preset.rawValue
            precision = workload.precision.rawValue
            self.threads = threads
            batch = workload.batchSize
            parameters = result.parameterCount
            stepInMilliseconds = median
            shortestStepInMilliseconds = sorted[0]
            longestStepInMilliseconds = sorted[sorted.count - 1]
            audioSecondsPerSecond = result.audioInSecondsPerStep / (median / 1_000)
            gigaflopsPerSecond = result.operationsPerStep / (median / 1_000) * 1e-9
            productGigaflopsPerSecond = result.productOperationsPerSecond * 1e-9
            shareOfProductSpeed = gigaflopsPerSecond / productGigaflopsPerSecond
            peakMemoryInMegabytes = ResourceUsage.peakMemoryInMegabytes
        }

        func show() {
            print("parameters           \(parameters)")
            print(
                "step                 \(fixed(stepInMilliseconds, 1)) ms (\(fixed(shortestStepInMilliseconds, 1)) to \(fixed(longestStepInMilliseconds, 1)))"
            )
            print("audio                \(fixed(audioSecondsPerSecond, 1)) s/s")
            let share = "\(percent(shareOfProductSpeed)) of \(fixed(productGigaflopsPerSecond, 0))"
            print("products             \(fixed(gigaflopsPerSecond, 0)) GFLOP/s, \(share)")
            print("peak memory          \(fixed(peakMemoryInMegabytes, 0)) MB")
        }
    }
}
