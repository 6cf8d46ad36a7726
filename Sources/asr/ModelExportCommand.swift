import ArgumentParser
import Models

/// `asr model export`: a Whisper model for other programs.
struct ModelExportCommand: ParsableCommand {
    /// What the model is written as.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case huggingface, ggml
    }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a Whisper model for Hugging Face's transformers or for whisper.cpp.",
        discussion: """
            Example: asr model export whisper-tiny.en --format ggml --output ggml-tiny.en.bin

            Weights are written in half precision where that changes none of them, else in float32.
            """)

    @Argument(help: ArgumentHelp("Model folder, or name of a built-in model.", valueName: "dir"))
    var directory: String

    @Option(help: "huggingface writes a folder, ggml a file.")
    var format: Format

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The folder or file to create.", valueName: "path"))
    var output: String

    func run() throws {
        let model = try SpeechModel(directory: BuiltInModel.directory(for: directory))
        switch format {
        case .huggingface: try ModelFolder.exportHuggingFace(model, output: output)
        case .ggml: try ModelFolder.exportGGML(model, to: output)
        }
        printError("\(output): \(directory) for \(format == .ggml ? "whisper.cpp" : "transformers")")
    }
}
