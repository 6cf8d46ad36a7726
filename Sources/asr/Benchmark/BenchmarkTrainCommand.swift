import ArgumentParser
import Configuration
import Models
import Recognition
import Training

extension TrainingBenchmark.Preset: ExpressibleByArgument {}

/// `asr benchmark train`: steps of training on made-up data.
struct BenchmarkTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Measure training steps on made-up data of fixed sizes.",
        discussion: """
            --growth measures how the time of a step grows: batches of 8 to 64 utterances of 10 s, 16 utterances of 5 to 30 s, and \
            one thread compared with all of them. Every row is measured by a separate process.
            """)

    @Option(help: "Sizes of the model and the batch; the options below change them.")
    var preset = TrainingBenchmark.Preset.base8M
    @Option(help: "The type of activations and products.")
    var precision = ComputationPrecision.float32
    @Option(help: ArgumentHelp("Utterances in a step.", valueName: "n")) var batch: Int?
    @Option(help: ArgumentHelp("Seconds of audio of each utterance.", valueName: "s")) var seconds: Double?
    @Option(help: ArgumentHelp("Characters of each utterance.", valueName: "n")) var characters: Int?
    @Option(help: ArgumentHelp("Model dimension.", valueName: "n")) var dimension: Int?
    @Option(help: ArgumentHelp("Attention heads.", valueName: "n")) var heads: Int?
    @Option(help: ArgumentHelp("Feed-forward dimension.", valueName: "n")) var feedForward: Int?
    @Option(help: ArgumentHelp("Encoder layers.", valueName: "n")) var encoderLayers: Int?
    @Option(help: ArgumentHelp("Decoder layers.", valueName: "n")) var decoderLayers: Int?
    @Option(help: ArgumentHelp("Most frames in a micro-batch.", valueName: "n")) var microBatchFrames: Int?
    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "A setting of the model as asr train has it: --set model.encoder.layer=conformer; can be repeated.",
            valueName: "key=value"))
    var overrides: [String] = []
    @Option(help: ArgumentHelp("Steps that are measured, at least 7.", valueName: "n")) var steps = 9
    @Option(help: ArgumentHelp("Steps before them, which are not measured.", valueName: "n")) var warmup = 2
    @Flag(help: "Measure how the time of a step grows with batch, length and threads.") var growth = false
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        guard steps >= 7, warmup >= 0 else { throw ValidationError("--steps must be at least 7, --warmup at least 0.") }
        if growth && (batch != nil || seconds != nil || characters != nil) {
            throw ValidationError("--growth cannot be used with --batch, --seconds or --characters.")
        }
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
        let precision = precision.supported("--precision")
        if growth {
            let growth = try TrainingGrowth(threads: threading.count, options: options(precision))
            if json { try printJSON(growth) } else { for line in growth.table.lines { print(line) } }
            return
        }
        let workload = try workload(precision)
        let result = try TrainingBenchmark(workload)
            .run(threadCount: threading.count, warmupCount: warmup, stepCount: steps)
        let report = TrainingBenchmarkReport(result, workload, threads: threading.count, preset: preset)
        if json { try printJSON(report) } else { report.show() }
    }

    /// The options that every row of `--growth` has too.
    private func options(_ precision: ComputationPrecision) -> [String] {
        let sizes = [
            ("--dimension", dimension), ("--heads", heads), ("--feed-forward", feedForward),
            ("--encoder-layers", encoderLayers), ("--decoder-layers", decoderLayers),
            ("--micro-batch-frames", microBatchFrames), ("--steps", steps), ("--warmup", warmup),
        ]
        var options = ["--preset", preset.rawValue, "--precision", precision.rawValue]
        for (name, value) in sizes {
            if let value { options += [name, "\(value)"] }
        }
        return options + overrides.flatMap { ["--set", $0] }
    }

    /// What `--set` may change.
    private struct Settings: Codable {
        var model: ModelConfiguration
    }

    /// The preset, changed by the options.
    ///
    /// - Throws: `ModelError` for sizes that cannot work; `ConfigurationError` for a setting that there is not.
    private func workload(_ precision: ComputationPrecision) throws -> TrainingBenchmark.Workload {
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
        workload.model =
            try YAMLConfiguration.load(Settings(model: workload.model), path: nil, overrides: overrides).model
        try workload.model.validate()
        return workload
    }
}
