import ArgumentParser
import Audio
import Files
import Models
import Numerics
import Recognition
import Tensors
import Text

extension TranscriptionFormat: ExpressibleByArgument {}

/// `asr transcribe`: from audio files to text.
struct TranscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcribe",
        abstract: "Transcribe audio files.",
        discussion: """
            Example: asr transcribe talk.flac interview.mp3 --format srt --output-dir subtitles

            Reads WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF and AU of any sample rate, and the sound of mp4, m4a, mkv and webm if \
            ffmpeg is on the path. In a folder all such files are read, at any depth. Texts go to stdout, in the order of the files; \
            if there are several, each follows the name of its file. With --output-dir or --output-template each text goes to a \
            file of its own. A file that cannot be read is reported; the others are still transcribed, and the exit code is 1.
            """)

    @Argument(
        help: ArgumentHelp(
            "Audio files, folders of them, or patterns in quotes such as 'talks/**/*.mp3'; - reads standard input.",
            valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Take audio files from this list: one path per line, JSON lines with audio_filepath, or a table with a column path. May be given several times; - is standard input.",
            valueName: "list"), completion: .file())
    var manifest: [String] = []

    @Option(
        name: [.customShort("f"), .long, .customLong("output-format")],
        help: ArgumentHelp(
            "One or more of \(Self.formatNames), separated by commas, or all; several formats are written to files.",
            valueName: "formats"), completion: .list(TranscriptionFormat.allCases.map(\.rawValue) + ["all"]))
    var format = "text"

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("For each audio file write NAME.txt, NAME.srt ... into this folder.", valueName: "dir"),
        completion: .directory)
    var outputDir: String?

    @Option(
        help: ArgumentHelp(
            "Names of the output files, with the fields {folder}, {name}, {extension}, {language} and {format}. {folder} is the folder of the recording, or its counterpart below --output-dir (default: \(OutputTemplate.standard)).",
            valueName: "template"))
    var outputTemplate: String?

    @Flag(help: "Skip files whose texts exist already.")
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
    @Flag(
        help:
            "Exit with code 1 if a part of a recording may be missing or wrong: a gap in the coverage that json shows.")
    var strict = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "In json, show the n best texts of each stretch, with the score of each part; at most --beam-size.",
            valueName: "n"))
    var nBest: Int?

    @Option(
        help: ArgumentHelp(
            "Write a page for the browser that plays the audio file (only one), shows the confidence of each word, and allows corrections of the text.",
            valueName: "html"))
    var report: String?

    @OptionGroup(title: "Options for speech") var speech: VoiceActivityArguments
    @OptionGroup(title: "Options for subtitles") var subtitles: SubtitleArguments
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if files.isEmpty && manifest.isEmpty { throw ValidationError("Name an audio file to transcribe.") }
        if files.count(where: { $0 == "-" }) + manifest.count(where: { $0 == "-" }) > 1 {
            throw ValidationError("- is standard input: only once.")
        }
        _ = try formats()
        if let channel, channel < 1 { throw ValidationError("--channel \(channel): channels are counted from 1.") }
        if let report, files.count > 1 || files.first == "-" || !manifest.isEmpty {
            throw ValidationError("--report \(report): a report is of one audio file, not of standard input.")
        }
        if let nBest {
            guard (1...decoding.beamSize).contains(nBest) else {
                throw ValidationError("--n-best must be from 1 to --beam-size, \(decoding.beamSize).")
            }
            guard try formats().contains(.json) else { throw ValidationError("--n-best needs --format json.") }
        }
        if try template() == nil {
            if try formats().count > 1 {
                throw ValidationError("Several formats need --output-dir or --output-template.")
            }
            if skipExisting { throw ValidationError("--skip-existing needs --output-dir or --output-template.") }
        }
    }

    func run() throws {
        FreedMemory.returnLargeBlocks()
        let all = try AudioFileList(files, lists: manifest).entries
        let writer = TranscriptWriter(
            formats: try formats(), template: try template(), subtitles: subtitles.options, hasHeaders: all.count > 1)
        try writer.refuseEqualPaths(all)
        let own = shard.map { shard in all.filter { shard.contains($0.name) } } ?? all
        if let shard {
            printError("shard \(shard): \(own.count) of \(all.count) files")
            if own.isEmpty { return }
        }
        try writer.checkFolders(own)
        let model = try modelOptions.load()
        let knownLanguage =
            model.whisper?.special.isMultilingual == true
            ? modelOptions.language.flatMap(WhisperLanguage.init)?.code ?? "" : model.configuration.language
        let entries = skipExisting ? own.filter { !writer.areThere($0, language: knownLanguage) } : own
        if skipExisting, entries.count < own.count {
            printError("\(own.count - entries.count) of \(own.count) files are transcribed already")
            if entries.isEmpty { return }
        }
        if let report, entries.count != 1 {
            throw ValidationError(
                "--report \(report): a report is of one audio file; there are \(entries.count).")
        }
        let transcriber = try decoding.transcriber(
            for: model, named: modelOptions.model, language: modelOptions.language, decoding.makeOptions(),
            detector: try speech.detector()
        ) {
            // Times of words cost a Whisper model another look at each window.
            $0.voiceActivity = speech.options
            $0.nBestCount = nBest ?? 0
            $0.addsWordTimes = model.whisper == nil || report != nil || writer.formats.contains(where: \.showsWordTimes)
        }
        if writer.template != nil { Interruption.endBetweenFiles() }
        // One text that goes to stdout is shown as it is heard, where it is known whether its language has spaces.
        let isDetected = model.whisper?.special.isMultilingual == true && knownLanguage.isEmpty
        let showsText = all.count == 1 && writer.template == nil && writer.formats == [.text] && !isDetected
        let display = TranscriptionDisplay(
            paths: entries.map(\.path), showsText: showsText, hasSpaces: WhisperLanguage.hasSpaces(knownLanguage))
        let pipeline = TranscriptionPipeline(transcriber, workers: WorkerPool(threadCount: threading.count))
        let start = ContinuousClock.now
        var audioInSeconds = 0.0
        var (failureCount, gapCount) = (0, 0)
        let sources = entries.map { AudioSource.file($0.path, channel: channel) }
        _ = try pipeline.run(sources, heard: display.show) { number, result in
            let entry = entries[number]
            try display.finish(number, durationInSeconds: (try? result.get())?.durationInSeconds)
            do {
                let transcription = try result.get()
                for warning in transcription.warnings { printWarning("\(entry.shown): \(warning)") }
                audioInSeconds += transcription.durationInSeconds
                gapCount += transcription.coverage.gaps.count
                if showsText {
                    try writeOutput("\n")
                } else {
                    try writer.write(transcription, of: entry)
                }
                if let report { try writeReport(transcription, transcriber, of: entry, to: report) }
            } catch {
                // Where texts cannot be written, no other file helps.
                if error is FileWriteError || error is OutputError { throw error }
                failureCount += 1
                if display.hasText { try writeOutput("\n") }
                let isNamed = !(error is SearchError || error is TranscriptionFormatError)
                printError("Error: \(isNamed ? "" : "\(entry.shown): ")\(error)")
            }
        }
        if all.count > 1 || writer.template != nil, entries.count > failureCount {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let count = entries.count - failureCount
            printError(
                "\(count) \(count == 1 ? "file" : "files"): \(span(audioInSeconds)) of audio in \(span(seconds)), "
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

    /// How the files that are written are called; nil: texts go to stdout.
    private func template() throws -> OutputTemplate? {
        if outputDir == nil && outputTemplate == nil { return nil }
        return try OutputTemplate(outputTemplate ?? OutputTemplate.standard, outputFolder: outputDir)
    }

    /// Writes the page of a transcript.
    private func writeReport(
        _ transcription: Transcription, _ transcriber: Transcriber, of entry: AudioFileList.Entry, to path: String
    ) throws {
        let name = entry.shown.split(separator: "/").last.map(String.init) ?? entry.shown
        let page = try TranscriptPage(
            transcription, by: transcriber, of: .file(entry.path, channel: channel), name: name,
            notes: [
                "\(clock(transcription.durationInSeconds)) of audio, model \(modelOptions.model ?? BuiltInModel.name), beam of "
                    + "\(decoding.beamSize), \(RunNotes.date)", RunNotes.command,
            ])
        try AtomicFile.write(try page.html(), to: path)
        printError("wrote \(SystemPath.shown(path))")
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
}
