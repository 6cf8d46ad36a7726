import ArgumentParser
import Files
import Glibc

/// The program: `asr COMMAND`.
@main
enum Program {
    static func main() {
        // A file that grows beyond what `ulimit -f` allows is then an error of the write, with a message.
        signal(SIGXFSZ, SIG_IGN)
        // Names of files may be no UTF-8.
        let arguments = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { SystemPath.text($0) }
        }
        do {
            // Shells ask for completions by arguments of their own.
            let isCompletion = arguments.first == "---completion"
            guard isCompletion || !arguments.contains(where: isEmpty) else {
                throw ValidationError(
                    "An argument is empty. Is it a variable without a value? Leave the argument out, or give it a value."
                )
            }
            var command = try ASR.parseAsRoot(isCompletion ? arguments : withFlags(arguments.map(withHyphens)))
            try command.run()
            try flushOutput()
        } catch {
            let message = ASR.message(for: error)
            guard ASR.exitCode(for: error) == .validationFailure, !message.isEmpty else { ASR.exit(withError: error) }
            printError("Error: \(message)\nSee '\(commandName(in: arguments)) --help'.")
            exit(ExitCode.validationFailure.rawValue)
        }
    }

    /// The command that arguments begin with: `asr model info`.
    private static func commandName(in arguments: [String]) -> String {
        var command: any ParsableCommand.Type = ASR.self
        var name = "asr"
        for argument in arguments {
            let subcommands = command.configuration.subcommands
            let named = subcommands.first {
                $0.configuration.commandName == argument || $0.configuration.aliases.contains(argument)
            }
            guard let next = named else { break }
            command = next
            name += " \(argument)"
        }
        return name
    }

    /// Whether this is nothing, or an option with nothing behind its `=`.
    private static func isEmpty(_ argument: String) -> Bool {
        argument.isEmpty || argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
    }

    /// `--beam_size 5` is how openai/whisper spells `--beam-size 5`; both work.
    private static func withHyphens(_ argument: String) -> String {
        guard argument.hasPrefix("--"), let name = argument.split(separator: "=").first else { return argument }
        return name.map { $0 == "_" ? "-" : String($0) }.joined() + argument.dropFirst(name.count)
    }

    /// `--condition-on-previous-text False` is how openai/whisper spells `--no-condition-on-previous-text`; both work.
    private static func withFlags(_ arguments: [String]) -> [String] {
        var result: [String] = []
        for argument in arguments {
            guard let name = result.last, flagsOfWhisper.contains(name), argument == "True" || argument == "False"
            else {
                result.append(argument)
                continue
            }
            result.removeLast()
            if argument == "True" {
                result.append(name)
            } else if name == "--condition-on-previous-text" {
                result.append("--no-" + name.dropFirst(2))
            }
        }
        return result
    }

    private static let flagsOfWhisper: Set = [
        "--carry-initial-prompt", "--condition-on-previous-text", "--word-timestamps",
    ]
}

/// The commands.
struct ASR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asr",
        abstract: "Speech to text: train, transcribe and score on ordinary CPUs.",
        discussion: """
            First steps:
              asr transcribe speech.flac                 write down what is said in a recording
              asr data check recordings                  find mistakes in your labelled audio
              asr train --train a --dev b --output m     train a model of your own
              asr evaluate c --model m                   measure its word error rate

            Results go to stdout, everything else to stderr. Exit codes: 0 success, 1 something failed, 64 wrong usage, \
            130 interrupted by Ctrl-C.
            """,
        version: "0.1.0",
        subcommands: [
            TranscribeCommand.self, TrainCommand.self, TrainLanguageModelCommand.self, TuneCommand.self,
            CalibrateCommand.self,
            ReportCommand.self, EvaluateCommand.self, MergeCommand.self, ScoreCommand.self, DataCommand.self,
            FeaturesCommand.self, VoiceActivityCommand.self, ModelCommand.self, BenchmarkCommand.self,
        ]
    )
}
