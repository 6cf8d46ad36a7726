import ArgumentParser
import Files
import Glibc
import MessagePassing
import Models
import Recognition
import Synchronization
import Tensors
import Training

/// `asr train`: from labelled audio to a model.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model on labelled audio.",
        discussion: """
            Example: asr train --train audio/train --dev audio/dev --output my-model

            Labelled audio is a folder or a file in one of the usual layouts: audio files with a .txt file beside each, \
            LibriSpeech, a Kaldi data folder, JSON lines (audio_filepath, text), Common Voice TSV, DeepSpeech CSV.

            The output folder holds the best model so far and a checkpoint. Ctrl-C saves the checkpoint; the same command \
            with --resume continues. Every setting has a default: training.yaml in the output folder shows them all, and is \
            itself a configuration for --config.

            mpirun -n 4 asr train ... (or srun) shares every batch out to four processes, on one machine or several; the weights are \
            the same bits for any number of them. See docs/clusters.md.
            """)

    @Option(
        help: ArgumentHelp(
            "File of settings in YAML; a setting that it does not name has its default.", valueName: "file"))
    var config: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Labelled audio to learn from (data.train, where sources can have weights too).", valueName: "path"))
    var train: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Other labelled audio, on which progress is measured (data.dev).", valueName: "path"))
    var dev: [String] = []

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The model folder to create.", valueName: "dir"))
    var output: String

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Start from the weights of a model, to fine-tune it: a folder, a Whisper model, or english (initialization.model).",
            valueName: "dir"))
    var initialModel: String?

    @Flag(help: "Continue from the checkpoint in the output folder.")
    var resume = false

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Change one setting, for example schedule.peakLearningRate=0.0005. May be given several times.",
            valueName: "key=value"))
    var overrides: [String] = []

    @Option(
        help: ArgumentHelp(
            "Instructions to compute with: plain, avx2 or avx512 (default: the best of this processor). For machines of several kinds that "
                + "train together.", valueName: "name"))
    var kernels: KernelChoice?

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        kernels?.use()
        var settings = try TrainingConfiguration.load(path: config, overrides: overrides, initialModel: initialModel)
        if !train.isEmpty { settings.data.train = train.map { DataSource(path: $0) } }
        if !dev.isEmpty { settings.data.dev = dev }
        if settings.data.train.isEmpty || settings.data.dev.isEmpty {
            printError(
                "Error: name labelled audio to learn from with --train, and other labelled audio to measure progress on with "
                    + "--dev (or data.train and data.dev in --config)")
            throw ExitCode.validationFailure
        }
        settings.precision = settings.precision.supported("precision")
        // From here on all processes go the same way. An error of one is an error of all, which the first one tells.
        let isFirst = (Launcher.current?.rank ?? 0) == 0
        do {
            try train(settings, World.join())
        } catch {
            throw isFirst || error is ExitCode ? error : ExitCode.failure
        }
    }

    private func train(_ settings: TrainingConfiguration, _ world: any Communicator) throws {
        let isFirst = world.rank == 0
        let progress = TrainingProgress()
        let hasStepped = Atomic<Bool>(false)
        Interruption.catchSignals()
        let trainer = Trainer(
            settings, output: output, threadCount: threading.count,
            observer: { event in
                progress.show(event)
                if case .step = event { hasStepped.store(true, ordering: .relaxed) }
                if case .reading = event, Interruption.isRequested { Self.leaveWhileReading() }
            },
            shouldStop: { Interruption.isRequested }, communicator: world)
        let result = Result { try trainer.run(resume: resume) }
        progress.finish()
        // Of a run that failed too: the curves may show why.
        let verdict = hasStepped.load(ordering: .relaxed) ? TrainingReport.writeIfPossible(output) : nil
        let outcome = try result.get()
        func tell(_ line: String) { if isFirst { printError(line) } }
        try outcome.throwIfInterrupted(output: output, tell: tell)
        if let verdict { tell(verdict.line) }
        let end = outcome == .stoppedEarly ? "the dev error no longer falls" : "finished"
        tell("\(end): the best model is in \(output)")
    }

    /// Ends the program before the first step: there is nothing to save yet.
    private static func leaveWhileReading() -> Never {
        printError("interrupted while reading audio: nothing was changed")
        _exit(130)
    }
}
