import ArgumentParser

/// The program: `asr COMMAND`.
@main
enum Program {
    static func main() {
        ASR.main(CommandLine.arguments.dropFirst().map(withHyphens))
    }

    /// `--beam_size 5` is how openai/whisper spells `--beam-size 5`; both work.
    private static func withHyphens(_ argument: String) -> String {
        guard argument.hasPrefix("--"), let name = argument.split(separator: "=").first else { return argument }
        return name.map { $0 == "_" ? "-" : String($0) }.joined() + argument.dropFirst(name.count)
    }
}

/// The commands.
struct ASR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asr",
        abstract: "Speech to text: train, transcribe and score on ordinary CPUs.",
        version: "0.1.0",
        subcommands: [
            TranscribeCommand.self, TrainCommand.self, EvaluateCommand.self, ScoreCommand.self, DataCommand.self,
            FeaturesCommand.self, ModelCommand.self, BenchmarkCommand.self,
        ]
    )
}
