import ArgumentParser
import Files
import Training

/// `asr report`: a page for the browser about a training run.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page for the browser about a training run.",
        discussion: """
            Example: asr report my-model

            Writes training.html into the output folder of `asr train` and prints its path. The page has the curves of loss, \
            error rates, learning rate and gradient norm over steps and hours, what the decoder attends to, sample transcripts, \
            alerts and the configuration. It is one file that needs no network. asr train writes it at the end; this \
            command works also while training is running.
            """)

    @Argument(help: ArgumentHelp("The output folder of asr train.", valueName: "dir"))
    var directory: String

    func run() throws { print(try TrainingReport(directory: directory).write()) }
}
