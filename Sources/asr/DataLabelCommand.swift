import ArgumentParser
import Audio
import Datasets
import Evaluation
import Files
import FoundationEssentials
import Models
import Recognition
import Tensors
import Text

/// `asr data label`: labels for recordings that have none, by two models.
struct DataLabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Label recordings with a model; keep what a second model, or the labels, confirm.",
        discussion: """
            Example: asr data label recordings --model my-model --agree whisper-tiny.en-int8 --output labelled

            Recordings are cut into stretches of speech, and both models transcribe them. If the models agree, the text of --model is \
            written to labelled.jsonl in the output folder, which asr train reads; the rest goes to rejected.jsonl. Each line says how much \
            the texts differ, and the probability that --model gives its own text. A second call continues where the first was \
            interrupted.

            With --agree labels the paths are labelled data, as for asr train. Their words are kept, and get the capitals and the \
            punctuation of the texts of --model.
            """)

    @Argument(
        help: ArgumentHelp("Audio files, or folders of them; with --agree labels, labelled data.", valueName: "path"))
    var paths: [String]

    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("Model whose texts become labels (default: the built-in one).", valueName: "path"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Second model that must agree, or the word labels: compare with the existing labels.", valueName: "path")
    )
    var agree: String

    /// Whether the labels that are there take the place of a second model.
    private var agreesWithLabels: Bool { agree == "labels" }

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Folder for the labels.", valueName: "dir"))
    var output: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Labels are kept where at most this share of the characters differs; both texts are normalised first.",
            valueName: "share"))
    var maxDifference = 0.1

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Longer stretches of speech are cut.", valueName: "s"))
    var maxDuration = 20.0

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Hypotheses followed at once; 1 is greedy search.", valueName: "n"))
    var beamSize = 5

    @Flag(help: "Whisper models skip part of the padding: faster, with almost the same text.")
    var fast = false

    @OptionGroup(title: "Options for speech") var speech: VoiceActivityArguments
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if paths.isEmpty { throw ValidationError("Name recordings to label.") }
        guard (0...1).contains(maxDifference) else { throw ValidationError("--max-difference must be from 0 to 1.") }
        guard (1...30).contains(maxDuration) else { throw ValidationError("--max-duration must be from 1 to 30.") }
        guard (1...100).contains(beamSize) else { throw ValidationError("--beam-size must be from 1 to 100.") }
    }

    func run() throws {
        let names = agreesWithLabels ? [model] : [model, agree]
        let models = try names.map { try ModelOptions.load($0, language: nil) }
        guard agreesWithLabels || models[0].fingerprint != models[1].fingerprint else {
            throw ValidationError(
                "--agree \(agree): this is the same model as --model, which always agrees; name another one.")
        }
        try AtomicFile.makeFolder(output)
        let (manifest, unread) =
            agreesWithLabels ? (try EvaluationSet(paths: paths, shard: nil).manifest, []) : try stretches()
        // Until here a signal ends the program at once: nothing is lost by it.
        Interruption.catchSignals()
        let workers = WorkerPool(threadCount: threading.count)
        let first = try transcribe(manifest, by: models[0], named: model, folder: "first", workers)
        let others =
            agreesWithLabels
            ? manifest.utterances.map { ($0.id, $0.text) }
            : try transcribe(manifest, by: models[1], named: agree, folder: "second", workers).records
                .map { ($0.id, $0.hypothesis) }
        try write(manifest, first, others: Dictionary(uniqueKeysWithValues: others), normalizer: normalizer(models))
        let failures = unread + first.failures
        for failure in failures { printError("Error: \(failure)") }
        if !failures.isEmpty { throw ExitCode.failure }
    }

    /// What is transcribed: recordings, or their stretches of speech where they are long; and a line for each that cannot be read.
    private func stretches() throws -> (Manifest, unread: [String]) {
        let detector = try speech.detector().map { ($0, speech.options) }
        var utterances: [Utterance] = []
        var unread: [String] = []
        for entry in try AudioFileList(paths, isListed: AudioFileName.isAudio).entries {
            let source = SourceLine(path: entry.path)
            // A short recording is one utterance, with its silence: that is how models are used.
            let whole = Utterance(id: entry.name, audioPath: entry.path, text: "", source: source)
            if let length = try? AudioFile(path: entry.path).length, let count = length.frameCount,
                Double(count) <= maxDuration * Double(length.sampleRate)
            {
                utterances.append(whole)
                continue
            }
            do {
                var stretches: [(start: Double, duration: Double)] = []
                let duration = try AudioSource.file(entry.path).forEachSegment(
                    sampleRate: FrontendConfiguration().sampleRate, maximumInSeconds: maxDuration, speech: detector
                ) {
                    stretches.append(($0.startInSeconds, $0.waveform.durationInSeconds))
                    return true
                }
                if duration <= maxDuration {  // its header does not say so
                    utterances.append(whole)
                    continue
                }
                for stretch in stretches {
                    utterances.append(
                        Utterance(
                            id: "\(entry.name)-\(fixed(stretch.start, 2))", audioPath: entry.path,
                            startInSeconds: stretch.start, durationInSeconds: stretch.duration, text: "", source: source
                        ))
                }
            } catch {
                unread.append("\(entry.path): \(error)")
            }
        }
        return (Manifest(utterances: utterances), unread)
    }

    private func transcribe(
        _ manifest: Manifest, by model: SpeechModel, named name: String?, folder: String, _ workers: WorkerPool
    ) throws -> LabelledEvaluation.Result {
        let decoding = try DecodingOptions.parse(
            ["--beam-size", "\(beamSize)"] + (fast && model.whisper != nil ? ["--fast"] : []))
        let transcriber = try decoding.transcriber(
            for: model, named: name, language: nil, decoding.makeOptions())
        let progress = EvaluationProgress(total: manifest.utterances.count)
        let result = try LabelledEvaluation(transcriber, workers: workers, output: "\(output)/\(folder)").run(manifest)
        {
            progress.show($0)
        }
        progress.finish()
        if result.isInterrupted {
            printError("interrupted after \(result.records.count) recordings; call it again to continue")
            throw ExitCode(130)
        }
        return result
    }

    /// What makes the texts of two models comparable: that of a Whisper model, if one is there.
    private func normalizer(_ models: [SpeechModel]) -> TextNormalizer {
        models.map { $0.scoringNormalizer() }.first { $0 != .none } ?? .basic
    }

    /// A line of `labelled.jsonl`, by NeMo's keys and our own.
    private struct Line: Encodable {
        var id: String
        var audioFilepath: String
        var offset: Double?
        var duration: Double
        var text: String
        /// Of the second model, or what the model wrote where the label says what was said.
        var otherText: String
        var difference: Double
        var probability: Double?

        enum CodingKeys: String, CodingKey {
            case id, offset, duration, text, difference, probability
            case audioFilepath = "audio_filepath"
            case otherText = "other_text"
        }
    }

    private func write(
        _ manifest: Manifest, _ first: LabelledEvaluation.Result, others: [String: String], normalizer: TextNormalizer
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let utterances = Dictionary(uniqueKeysWithValues: manifest.utterances.map { ($0.id, $0) })
        var (kept, rejected) = (Data(), Data())
        var (keptCount, keptInSeconds, allInSeconds) = (0, 0.0, 0.0)
        for record in first.records {
            guard let other = others[record.id], let utterance = utterances[record.id] else { continue }
            let difference = TextAgreement(record.hypothesis, other, normalizer: normalizer).difference
            let duration = record.durationInSeconds ?? 0
            let text =
                agreesWithLabels ? StyledLabel(other, styledAs: record.hypothesis).text : record.hypothesis
            let line = Line(
                id: record.id, audioFilepath: utterance.audioPath, offset: utterance.startInSeconds, duration: duration,
                text: text, otherText: agreesWithLabels ? record.hypothesis : other,
                difference: (1000 * difference).rounded() / 1000,
                probability: first.probabilities[record.id])
            let isKept = difference <= maxDifference && !normalizer.normalized(text).isEmpty
            let data = try encoder.encode(line) + [UInt8(ascii: "\n")]
            allInSeconds += duration
            if isKept {
                kept += data
                (keptCount, keptInSeconds) = (keptCount + 1, keptInSeconds + duration)
            } else {
                rejected += data
            }
        }
        try AtomicFile.write(kept, to: "\(output)/labelled.jsonl")
        try AtomicFile.write(rejected, to: "\(output)/rejected.jsonl")
        printError(
            "\(keptCount) of \(first.records.count) recordings kept, \(fixed(keptInSeconds / 3600, 2)) of \(fixed(allInSeconds / 3600, 2)) h: "
                + "\(output)/labelled.jsonl")
    }
}
