import ArgumentParser

/// The program: `asr COMMAND`.
@main
struct ASR: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asr",
        abstract: "Speech to text: train, transcribe and score on ordinary CPUs.",
        version: "0.1.0",
        subcommands: [TrainCommand.self, ScoreCommand.self]
    )
}
