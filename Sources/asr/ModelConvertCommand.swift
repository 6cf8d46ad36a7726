import ArgumentParser
import Models

extension WeightFormat: ExpressibleByArgument {}

/// `asr model convert`: the same model with its parameters stored otherwise.
struct ModelConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Store a model in another number format.",
        discussion: """
            Example: asr model convert my-model --precision bfloat16 --output my-small-model

            bfloat16 halves the file and rounds every parameter to 8 significant bits, which rarely changes a word. int8 makes \
            it a quarter: blocks of 32 weights share a scale, and each weight has 8 bits. int8-fp4 is the same, but the embedding of \
            tokens has 4 bits, which makes a small model with many tokens a fifth smaller. Every command reads any of them; how \
            it computes is decided by its own --precision.
            """)

    @Argument(help: ArgumentHelp("Model folder, or name of a built-in model.", valueName: "dir"))
    var directory: String

    @Option(help: "How the parameters are stored.")
    var precision: WeightFormat

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The model folder to create.", valueName: "dir"))
    var output: String

    func run() throws {
        try ModelFolder.convert(try BuiltInModel.directory(for: directory), to: precision, output: output)
        printError("\(output): \(directory) in \(precision.rawValue)")
    }
}
