import ArgumentParser
import Audio
import Files
import FoundationEssentials
import Recognition
import Tensors

extension TranscriptionFormat: ExpressibleByArgument {}

/// `asr transcribe`: from audio files to text.
struct TranscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe",
        abstract: "Write down what is said in audio files.",
        discussion: """
            Example: asr transcribe talk.flac interview.mp3 --format srt --output-dir subtitles

            Reads WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF and AU of any sample rate. Texts go to stdout, in the order of the \
            files, or with --output-dir to one file for each. A file that cannot be read is reported, the others are \
            transcribed all the same, and the exit code is 1.
            """)

    @Argument(help: ArgumentHelp("Audio files; - reads standard input.", valueName: "file"))
    var files: [String]

    @Option(
        name: [.customShort("f"), .long, .customLong("output-format")],
        help: ArgumentHelp(
            "One or more of text, json, srt, vtt and tsv, with commas between them, or all; several need --output-dir.",
            valueName: "formats"))
    var format = "text"

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("For each audio file write NAME.txt, NAME.srt ... into this folder.", valueName: "dir"))
    var outputDir: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Channel to read, counted from 1 (default: the mean of all).", valueName: "n"))
    var channel: Int?

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name an audio file to transcribe.") }
        _ = try formats()
        if let channel, channel < 1 { throw ValidationError("--channel \(channel): channels are counted from 1.") }
        if outputDir != nil {
            var names: [String: String] = [:]
            for file in files {
                if let other = names.updateValue(file, forKey: Self.name(of: file)) {
                    throw ValidationError(
                        "\(other) and \(file) would both be written to \(Self.name(of: file)).\(try formats()[0].fileExtension); "
                            + "use another --output-dir for one of them.")
                }
            }
        } else if try formats().count > 1 {
            throw ValidationError("Several formats need --output-dir.")
        }
    }

    func run() throws {
        if let outputDir { try AtomicFile.makeFolder(outputDir) }
        let model = try modelOptions.load()
        let transcriber = Transcriber(
            model: model,
            options: try decoding.options(decoding.makeOptions(), for: model, language: modelOptions.language))
        let formats = try formats()
        let pipeline = TranscriptionPipeline(transcriber, workers: WorkerPool(threadCount: threading.count))
        var failureCount = 0
        _ = try pipeline.run(files.map { .file($0, channel: channel) }) { number, result in
            let file = files[number]
            switch result {
            case .success(let transcription):
                for warning in transcription.warnings { printWarning("\(Self.shown(file)): \(warning)") }
                for format in formats {
                    let content = try format.content(transcription)
                    if let outputDir {
                        let path = "\(outputDir)/\(Self.name(of: file)).\(format.fileExtension)"
                        try AtomicFile.write(Data(content.utf8), to: path)
                    } else {
                        try writeOutput(content)
                    }
                }
            case .failure(let error):
                failureCount += 1
                printError("Error: \(error is SearchError ? "\(Self.shown(file)): " : "")\(error)")
            }
        }
        if failureCount > 0 {
            if files.count > 1 { printError("\(failureCount) of \(files.count) files could not be transcribed") }
            throw ExitCode.failure
        }
    }

    private func formats() throws -> [TranscriptionFormat] {
        if format == "all" { return TranscriptionFormat.allCases }
        var formats: [TranscriptionFormat] = []
        for name in format.split(separator: ",", omittingEmptySubsequences: false) {
            // "txt" is what users of Whisper write.
            guard let format = TranscriptionFormat(rawValue: name == "txt" ? "text" : String(name)) else {
                throw ValidationError("--format \"\(name)\": the formats are text, json, srt, vtt, tsv and all.")
            }
            if !formats.contains(format) { formats.append(format) }
        }
        return formats
    }

    /// What messages call a file, as the library does.
    private static func shown(_ file: String) -> String { file == "-" ? "standard input" : file }

    /// The name of a file without folder and extension.
    private static func name(of file: String) -> String {
        file == "-" ? "stdin" : URL(filePath: file).deletingPathExtension().lastPathComponent
    }
}
