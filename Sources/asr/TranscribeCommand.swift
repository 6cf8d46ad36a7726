import ArgumentParser
import Audio
import Files
import FoundationEssentials
import Numerics
import Recognition
import Tensors
import Text

extension TranscriptionFormat: ExpressibleByArgument {}

/// `asr transcribe`: from audio files to text.
struct TranscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe",
        abstract: "Write down what is said in audio files.",
        discussion: """
            Example: asr transcribe talk.flac interview.mp3 --format srt --output-dir subtitles

            Reads WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF and AU of any sample rate; of a folder all such files, at any depth. Texts \
            go to stdout, in the order of the files, each behind its file's name where there are several, or with --output-dir \
            to one file for each. A file that cannot be read is reported, the others are transcribed all the same, and the exit \
            code is 1.
            """)

    @Argument(help: ArgumentHelp("Audio files, or folders of them; - reads standard input.", valueName: "file"))
    var files: [String]

    @Option(
        name: [.customShort("f"), .long, .customLong("output-format")],
        help: ArgumentHelp(
            "One or more of \(Self.formatNames), with commas between them, or all; several need --output-dir.",
            valueName: "formats"))
    var format = "text"

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("For each audio file write NAME.txt, NAME.srt ... into this folder.", valueName: "dir"))
    var outputDir: String?

    @Flag(help: "With --output-dir: leave out files whose texts are there already.")
    var skipExisting = false

    @Option(
        help: ArgumentHelp(
            "Only a fixed part of the files, chosen by their names: 3/16 is the third of sixteen. For several machines that share a list.",
            valueName: "number/count"))
    var shard: Shard?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Channel to read, counted from 1 (default: the mean of all).", valueName: "n"))
    var channel: Int?

    @OptionGroup var modelOptions: ModelOptions
    @Flag(help: "Exit with code 1 where a part of a recording may be missing or wrong: a gap of json's coverage.")
    var strict = false

    @OptionGroup(title: "Options for speech") var speech: VoiceActivityArguments
    @OptionGroup(title: "Options for subtitles") var subtitles: SubtitleArguments
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name an audio file to transcribe.") }
        _ = try formats()
        if let channel, channel < 1 { throw ValidationError("--channel \(channel): channels are counted from 1.") }
        if outputDir == nil {
            if try formats().count > 1 { throw ValidationError("Several formats need --output-dir.") }
            if skipExisting { throw ValidationError("--skip-existing needs --output-dir.") }
        }
    }

    func run() throws {
        let formats = try formats()
        let all = try AudioFileList(files).entries
        if outputDir != nil { try refuseEqualNames(all) }
        let own = shard.map { shard in all.filter { shard.contains($0.name) } } ?? all
        if let shard {
            printError("shard \(shard): \(own.count) of \(all.count) files")
            if own.isEmpty { return }
        }
        let entries = skipExisting ? own.filter { !areThere($0, formats) } : own
        if skipExisting, entries.count < own.count {
            printError("\(own.count - entries.count) of \(own.count) files are transcribed already")
            if entries.isEmpty { return }
        }
        if let outputDir { try AtomicFile.makeFolder(outputDir) }
        let model = try modelOptions.load()
        let transcriber = try decoding.transcriber(
            for: model, named: modelOptions.model, language: modelOptions.language, decoding.makeOptions(),
            detector: try speech.detector()
        ) {
            // Times of words cost a Whisper model another look at each window.
            $0.voiceActivity = speech.options
            $0.addsWordTimes = model.whisper == nil || formats.contains(where: \.showsWordTimes)
        }
        let options = transcriber.options
        let pipeline = TranscriptionPipeline(
            transcriber, workers: WorkerPool(threadCount: threading.count))
        let start = ContinuousClock.now
        var audioInSeconds = 0.0
        var (failureCount, gapCount) = (0, 0)
        // One text that goes to stdout is shown as it is heard, where it is known whether its language has spaces.
        let isDetected = model.whisper?.special.isMultilingual == true && options.whisper.language == nil
        let language = options.whisper.language?.code ?? model.configuration.language
        let showsText = all.count == 1 && outputDir == nil && formats == [.text] && !isDetected
        let display = TranscriptionDisplay(
            fileCount: entries.count, showsText: showsText, hasSpaces: WhisperLanguage.hasSpaces(language))
        _ = try pipeline.run(entries.map { .file($0.path, channel: channel) }, heard: display.show) { number, result in
            let entry = entries[number]
            try display.finish(number, durationInSeconds: (try? result.get())?.durationInSeconds ?? 0)
            do {
                let transcription = try result.get()
                for warning in transcription.warnings { printWarning("\(Self.shown(entry)): \(warning)") }
                audioInSeconds += transcription.durationInSeconds
                gapCount += transcription.coverage.gaps.count
                if showsText {
                    try writeOutput("\n")
                } else {
                    try write(transcription, of: entry, formats, hasHeader: all.count > 1)
                }
            } catch {
                // Where texts cannot be written, no other file helps.
                if error is FileWriteError || error is OutputError { throw error }
                failureCount += 1
                if display.hasText { try writeOutput("\n") }
                let isNamed = !(error is SearchError || error is TranscriptionFormatError)
                printError("Error: \(isNamed ? "" : "\(Self.shown(entry)): ")\(error)")
            }
        }
        if outputDir != nil, entries.count > failureCount {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            printError(
                "\(fixed(audioInSeconds, 1)) s of audio in \(fixed(seconds, 1)) s: "
                    + "\(fixed(audioInSeconds / seconds, 1)) times real time")
        }
        if failureCount > 0 {
            if entries.count > 1 { printError("\(failureCount) of \(entries.count) files could not be transcribed") }
            throw ExitCode.failure
        }
        if strict && gapCount > 0 {
            printError("\(gapCount) \(gapCount == 1 ? "gap" : "gaps")")
            throw ExitCode.failure
        }
    }

    /// Writes the text of a file to where it belongs.
    private func write(
        _ transcription: Transcription, of entry: AudioFileList.Entry, _ formats: [TranscriptionFormat], hasHeader: Bool
    ) throws {
        for format in formats {
            let content: String
            do {
                content = try format.content(
                    transcription, file: entry.path, name: entry.name, subtitles: subtitles.options)
            } catch let error as TranscriptionFormatError where formats.count > 1 {
                printWarning("\(Self.shown(entry)): \(error)")
                continue
            }
            guard outputDir != nil else {
                // As head and tail show several files. The other formats name the file themselves.
                let isNamed = [.json, .ctm, .trn].contains(format)
                try writeOutput((hasHeader && !isNamed ? "==> \(Self.shown(entry)) <==\n" : "") + content)
                continue
            }
            let path = outputPath(entry, format)
            if let slash = path.lastIndex(of: "/") { try AtomicFile.makeFolder(String(path[..<slash])) }
            try AtomicFile.write(Data(content.utf8), to: path)
            printError("wrote \(path)")
        }
    }

    private func outputPath(_ entry: AudioFileList.Entry, _ format: TranscriptionFormat) -> String {
        "\(outputDir ?? ".")/\(entry.name).\(format.fileExtension)"
    }

    private func areThere(_ entry: AudioFileList.Entry, _ formats: [TranscriptionFormat]) -> Bool {
        formats.allSatisfy { FileManager.default.fileExists(atPath: outputPath(entry, $0)) }
    }

    private func refuseEqualNames(_ entries: [AudioFileList.Entry]) throws {
        var paths: [String: String] = [:]
        for entry in entries {
            guard let other = paths.updateValue(entry.path, forKey: entry.name) else { continue }
            throw ValidationError(
                "\(other) and \(entry.path) would both be written to \(outputPath(entry, try formats()[0])); "
                    + "use another --output-dir for one of them.")
        }
    }

    private func formats() throws -> [TranscriptionFormat] {
        if format == "all" { return TranscriptionFormat.allCases }
        var formats: [TranscriptionFormat] = []
        for name in format.split(separator: ",", omittingEmptySubsequences: false) {
            // "txt" is what users of Whisper write.
            guard let format = TranscriptionFormat(rawValue: name == "txt" ? "text" : String(name)) else {
                throw ValidationError("--format \"\(name)\": the formats are \(Self.formatNames) and all.")
            }
            if !formats.contains(format) { formats.append(format) }
        }
        return formats
    }

    /// "text, json, ..."
    private static var formatNames: String { TranscriptionFormat.allCases.map(\.rawValue).joined(separator: ", ") }

    /// What messages call a file, as the library does.
    private static func shown(_ entry: AudioFileList.Entry) -> String {
        entry.path == "-" ? "standard input" : entry.path
    }
}
