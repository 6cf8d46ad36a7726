import ArgumentParser
import Tensors
import Training

/// `asr train`: from labelled audio to a model.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model on labelled audio.",
        discussion: """
            Example: asr train --train recordings/train --dev recordings/dev --output my-model

            Labelled audio is a folder or a file in one of the usual layouts: audio files with a .txt beside each,
            LibriSpeech, a Kaldi data folder, JSON lines (audio_filepath, text), Common Voice TSV, DeepSpeech CSV.
            The output folder then holds the best model so far, and a checkpoint: Ctrl-C saves it, --resume goes on.
            Every setting has a default; DIR/training.yaml shows them all, and is itself a configuration for --config.
            """)

    @Option(help: ArgumentHelp("Settings in YAML; what it does not name has its default.", valueName: "file"))
    var config: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Labelled audio to learn from (data.train).", valueName: "path"))
    var train: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Labelled audio that tells how well (data.dev).", valueName: "path"))
    var dev: [String] = []

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The model folder that is made.", valueName: "dir"))
    var output: String

    @Flag(help: "Go on from the checkpoint in the output folder.")
    var resume = false

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Change one setting, for example schedule.peakLearningRate=0.0005. May be given several times.",
            valueName: "key=value"))
    var overrides: [String] = []

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        var settings = try YAMLConfiguration.load(TrainingConfiguration(), path: config, overrides: overrides)
        if !train.isEmpty { settings.data.train = train }
        if !dev.isEmpty { settings.data.dev = dev }
        let progress = TrainingProgress()
        Interruption.catchSignals()
        let trainer = Trainer(
            settings, output: output, threadCount: threading.count, observer: { progress.show($0) },
            shouldStop: { Interruption.isRequested })
        let outcome = try trainer.run(resume: resume)
        progress.finish()
        switch outcome {
        case .finished: printError("finished: the best model is in \(output)")
        case .stoppedEarly: printError("the dev error does not fall any more: the best model is in \(output)")
        case .interrupted:
            printError("interrupted: saved; go on with --resume")
            throw ExitCode(130)
        }
    }
}
