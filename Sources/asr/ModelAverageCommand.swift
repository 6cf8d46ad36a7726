import ArgumentParser
import Models

/// `asr model average`: one model from the weights of several.
struct ModelAverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "average",
        abstract: "Average the weights of several models.",
        discussion: """
            Example: asr model average my-model/best/step-* --output averaged

            The models must have the same configuration and vocabulary, and come from one training run (stopping.keepBest \
            keeps its best models) or be fine-tuned from the same model. The average of models that were trained separately \
            recognises nothing. Measure the average with asr evaluate before you use it.
            """)

    @Argument(help: ArgumentHelp("Model folders or names of built-in models, two or more.", valueName: "dir"))
    var directories: [String]

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The model folder to create.", valueName: "dir"))
    var output: String

    func validate() throws {
        if directories.count < 2 { throw ValidationError("Name two or more model folders.") }
    }

    func run() throws {
        try ModelFolder.average(directories.map { try BuiltInModel.directory(for: $0) }, output: output)
        printError("\(output): the average of \(directories.count) models")
    }
}
