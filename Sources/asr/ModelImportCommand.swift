import ArgumentParser
import Models

/// `asr model import`: a model folder from somebody else's Whisper model.
struct ModelImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a model folder from a Whisper model of another program.",
        discussion: """
            Example: asr model import faster-whisper-tiny.en --output whisper-tiny.en

            Reads a Hugging Face folder, an OpenAI .pt file, a whisper.cpp ggml file or a CTranslate2 folder; the layout is \
            recognised. Values do not change: they are stored in half precision where that is exact, else in float32.
            """)

    @Argument(help: ArgumentHelp("The model of the other program: a file or a folder.", valueName: "path"))
    var path: String

    @Option(
        help: ArgumentHelp(
            "Tokens of an OpenAI .pt file: a .tiktoken file, or a folder with token files.", valueName: "path"))
    var tokens: String?

    @Option(name: [.long, .customShort("o")], help: ArgumentHelp("The model folder to create.", valueName: "dir"))
    var output: String

    func run() throws {
        let checkpoint = try ModelFolder.importWhisper(path, tokens: tokens, output: output)
        printError("\(output): from \(checkpoint.layout.rawValue), \(path)")
    }
}
