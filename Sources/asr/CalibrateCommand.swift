import ArgumentParser
import Datasets
import Files
import FoundationEssentials
import Models
import Recognition
import Tensors
import Training

/// `asr calibrate`: how far the words that a model writes can be trusted.
struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Fit the confidence of a model's words to labelled recordings.",
        discussion: """
            Example: asr calibrate recordings/dev --model my-model

            The confidence that asr transcribe gives a word is the probability that the word is right. It is computed from features of the \
            word: its scores in decoder, CTC output and language model, and how many of the best texts contain it. This command transcribes \
            labelled recordings, which must not be training data, fits the weights of the features, and writes them into the model's \
            config.json.

            It prints the quality of the confidence, for each path and for all together: fitted on one half of the utterances and measured \
            on the other, and vice versa. The area under the curve is how often a right word has a higher confidence than a wrong one. The \
            calibration error is the mean distance between confidence and share of right words, in ten bins.
            """)

    @Argument(help: ArgumentHelp("Labelled audio: folders or manifest files.", valueName: "path"))
    var paths: [String]

    @OptionGroup var modelOptions: ModelOptions

    @Flag(help: "Only print the quality of the confidence; leave the model as it is.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Write a table of all words: path, word, whether it is right, confidence, and features.",
            valueName: "csv"))
    var words: String?

    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if paths.isEmpty { throw ValidationError("Name labelled audio to fit the confidence to.") }
    }

    func run() throws {
        let directory = try BuiltInModel.directory(for: modelOptions.model)
        let model = try modelOptions.load()
        let transcriber = try decoding.transcriber(
            for: model, named: modelOptions.model, language: modelOptions.language, decoding.makeOptions()
        ) {
            $0.addsWordTimes = model.whisper == nil
            $0.keepsEvidence = true
        }
        let pipeline = TranscriptionPipeline(transcriber, workers: WorkerPool(threadCount: threading.count))
        // The halves: every other utterance of each path.
        var sets: [(path: String, halves: [[LabelledWord]])] = []
        for path in paths {
            var halves: [[LabelledWord]] = [[], []]
            for (number, words) in try labelled(path, pipeline).enumerated() { halves[number % 2] += words }
            sets.append((path, halves))
        }
        let all = sets.flatMap { $0.halves.flatMap(\.self) }
        let (right, wrong) = (all.count { $0.isRight }, all.count { !$0.isRight })
        guard right >= Self.leastCount, wrong >= Self.leastCount else {
            throw ModelError(
                "\(right) right and \(wrong) wrong words are too few to fit a confidence; it takes \(Self.leastCount) of each: name more audio"
            )
        }
        let fitted = (0...1).map { half in ConfidenceFitting.settings(sets.flatMap { $0.halves[half] }) }
        let measured = sets.map { set in
            set.halves.enumerated().flatMap { half, words in
                words.map { word in
                    (confidence: fitted[1 - half].probability(word.evidence.values), isRight: word.isRight)
                }
            }
        }
        for (set, words) in zip(sets, measured) { try writeOutput(Self.line(set.path, ConfidenceMeasure(words))) }
        let overall = ConfidenceMeasure(measured.flatMap(\.self))
        if sets.count > 1 { try writeOutput(Self.line("all", overall)) }
        try writeOutput("confidence  words  mean  right\n")
        for (number, bin) in overall.bins.enumerated() where bin.count > 0 {
            try writeOutput(
                "0.\(number) to \(number == 9 ? "1.0" : "0.\(number + 1)")  \(String(repeating: " ", count: max(0, 5 - "\(bin.count)".count)))\(bin.count)  "
                    + "\(fixed(bin.meanConfidence, 2))   \(fixed(bin.rightShare, 2))\n")
        }
        if let words { try writeTable(sets, measured, to: words) }
        if dryRun { return }
        var description = model.description
        description.confidence = ConfidenceFitting.settings(all)
        try description.write(to: directory)
        printError("wrote \(directory)/config.json")
    }

    /// Words of either kind below which a fit says nothing.
    private static let leastCount = 20

    /// The words of each utterance of a set.
    private func labelled(_ path: String, _ pipeline: TranscriptionPipeline) throws -> [[LabelledWord]] {
        let utterances = try Manifest.load(paths: [path]).utterances
        let model = pipeline.transcriber.model
        let normalizer = model.scoringNormalizer(language: modelOptions.language)
        var result: [[LabelledWord]] = []
        let sources = utterances.map { utterance in
            AudioSource.lazySamples(name: utterance.id) { try utterance.waveform(sampleRate: $0) }
        }
        let progress = EvaluationProgress(total: sources.count)
        _ = try pipeline.run(sources) { number, transcription in
            let transcription = try transcription.get()
            result.append(
                LabelledWord.words(
                    transcription.segments.flatMap(\.evidence),
                    reference: model.configuration.labelNormalizer.normalized(utterances[number].text),
                    normalizer: normalizer, hasSpaces: transcription.hasSpaces))
            progress.show(number + 1)
        }
        progress.finish()
        return result
    }

    private static func line(_ name: String, _ measure: ConfidenceMeasure) -> String {
        "\(name): \(measure.wordCount) words, \(percent(Double(measure.rightCount) / Double(max(1, measure.wordCount)))) right, area under the curve "
            + "\(fixed(measure.area, 3)), calibration error \(fixed(measure.calibrationError, 3))\n"
    }

    private func writeTable(
        _ sets: [(path: String, halves: [[LabelledWord]])], _ measured: [[(confidence: Double, isRight: Bool)]],
        to path: String
    ) throws {
        func quoted(_ text: String) -> String { "\"\(text.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\"" }
        let features = ConfidenceFeature.allCases
        var lines = [(["path", "word", "right", "confidence"] + features.map(\.rawValue)).joined(separator: ",")]
        for (set, measured) in zip(sets, measured) {
            for (word, measured) in zip(set.halves.flatMap(\.self), measured) {
                let values = features.map { "\(word.evidence.values[$0] ?? 0)" }
                let first = [
                    quoted(set.path), quoted(word.evidence.text), word.isRight ? "1" : "0", "\(measured.confidence)",
                ]
                lines.append((first + values).joined(separator: ","))
            }
        }
        try AtomicFile.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: path)
    }
}
