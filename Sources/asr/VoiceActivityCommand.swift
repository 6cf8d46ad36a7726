import ArgumentParser
import Audio
import Datasets
import Files
import Models
import Recognition
import Tensors
import Training

/// `asr vad`: where somebody speaks.
struct VoiceActivityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vad",
        abstract: "Find where somebody speaks in a recording, or train a detector for it.",
        subcommands: [VoiceActivityFindCommand.self, VoiceActivityTrainCommand.self])
}

/// `asr vad find`: the stretches with speech.
struct VoiceActivityFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Print when speech begins and ends, in seconds: one line per stretch.",
        discussion: """
            Example: asr vad find interview.flac --min-silence 0.5

            asr transcribe leaves out the rest. The times do not include --speech-pad.
            """)

    @Argument(help: ArgumentHelp("The recording; - is standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Folder of another detector (default: the built-in one).", valueName: "dir"))
    var detector: String?

    @Option(
        help: ArgumentHelp(
            "Write the probability of speech for each 10 ms to this .npy file.", valueName: "file"))
    var probabilities: String?

    @OptionGroup(title: "Options for speech") var speech: VoiceActivityArguments

    func run() throws {
        let model = try detector.map { try VoiceActivityModel(directory: $0) } ?? VoiceActivityModel.builtIn()
        let activity = try VoiceActivity(of: .file(file), model)
        if let probabilities {
            try AtomicFile.write(
                NumPyFile.encoded(activity.probabilities, shape: [activity.probabilities.count]), to: probabilities)
        }
        for region in activity.regions(speech.options) {
            print("\(fixed(region.speechStartInSeconds, 2))\t\(fixed(region.speechEndInSeconds, 2))")
        }
    }
}

/// `asr vad train`: a detector from labelled speech and noise.
struct VoiceActivityTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a voice activity detector on labelled recordings and noise.",
        discussion: """
            Example: asr vad train recordings/train --noise noise --output detector

            Speech is put into noise, recorded or computed, anew in every step. recipes/voice-activity.sh makes the built-in detector.
            """)

    @Argument(help: ArgumentHelp("Labelled audio: folders or manifest files.", valueName: "path"))
    var paths: [String]

    @Option(
        help: ArgumentHelp("Folder of recordings without speech (default: only synthetic noise).", valueName: "dir"))
    var noise: String?

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Folder for the detector.", valueName: "dir"))
    var output: String

    @Option(parsing: .unconditional, help: ArgumentHelp("Steps, each over 256 s of sound.", valueName: "n"))
    var steps = 1_000

    @Option(parsing: .unconditional, help: ArgumentHelp("Hours of training speech, drawn from all.", valueName: "h"))
    var hours = 6.0

    @Option(parsing: .unconditional, help: ArgumentHelp("Seed of all random numbers.", valueName: "n"))
    var seed: UInt64 = 1

    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        guard !paths.isEmpty else { throw ValidationError("Name labelled audio to learn from.") }
        guard steps > 0 else { throw ValidationError("--steps must be 1 or more.") }
        guard hours > 0, hours.isFinite else { throw ValidationError("--hours must be above 0.") }
    }

    func run() throws {
        Interruption.catchSignals()
        var configuration = VoiceActivityTraining.Configuration()
        configuration.stepCount = steps
        configuration.speechInHours = hours
        configuration.seed = seed
        let training = try VoiceActivityTraining(
            configuration, speech: try Manifest.load(paths: paths), noiseFolder: noise,
            workers: WorkerPool(threadCount: threading.count))
        let model = try training.model(
            report: {
                printError("step \($0.step)  loss \(fixed($0.loss, 4))  right \(fixed(100 * $0.accuracy, 2)) %")
            }, shouldStop: { Interruption.isRequested })
        try model.write(to: output, card: training.card(of: model))
        printError("wrote \(output)")
    }
}
