import ArgumentParser
import Evaluation
import Recognition
import Tensors
import Training

/// `asr evaluate`: transcribes labelled data and scores the result.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Transcribe labelled audio and print word and character error rates.",
        discussion: """
            Example: asr evaluate recordings/test --model my-model --output results

            Reads labelled audio in every layout that asr train reads. Labels are first brought into the form that the model \
            has learned to write (for example lower case without punctuation: see asr model info), then both texts go \
            through --normalizer. With --output, texts are written as they come, and a second call goes on where the first \
            was interrupted.
            """)

    @Argument(help: ArgumentHelp("Labelled audio: folders or manifest files.", valueName: "path"))
    var paths: [String]

    @Flag(help: "Print every utterance: what was said, what was recognised.")
    var utterances = false

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var scoring: ScoringArguments
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if paths.isEmpty { throw ValidationError("Name labelled audio to evaluate on.") }
        if scoring.json && utterances { throw ValidationError("--json and --utterances exclude each other.") }
    }

    func run() throws {
        let model = try modelOptions.load()
        let manifest = try Manifest.load(paths: paths)
        try refuseRepeatedIDs(manifest)
        let evaluation = LabelledEvaluation(
            Transcriber(model: model, options: decoding.options), workers: WorkerPool(threadCount: threading.count),
            output: scoring.output)
        Interruption.catchSignals()
        let progress = EvaluationProgress(total: manifest.utterances.count)
        let result = try evaluation.run(manifest) { progress.show($0) }
        progress.finish()
        for failure in result.failures { printError("Error: \(failure)") }
        if result.isInterrupted {
            let remedy = scoring.output == nil ? "with --output, another call goes on" : "call it again to go on"
            printError("interrupted after \(result.records.count) utterances; \(remedy)")
            throw ExitCode(130)
        }
        guard !result.records.isEmpty else {
            throw EvaluationError(description: "none of the \(manifest.utterances.count) utterances could be read")
        }

        if utterances {
            for record in result.records {
                print("\(record.id)\n  said        \(record.reference)\n  recognised  \(record.hypothesis)")
            }
        }
        let score = try CorpusScore(result.records, options: scoring.options, threadCount: threading.count)
        let summary = try ScoreSummary(score, details: scoring.details)
        let name = paths.count == 1 ? paths[0] : "\(paths[0]) and \(paths.count - 1) more"
        try ScoreOutput(arguments: scoring, name: name, audio: AudioLinks(manifestFolder: ".")).write(score, summary)
        if result.workInSeconds > 0 {
            printError(
                "\(fixed(result.audioInSeconds, 1)) s of audio in \(fixed(result.workInSeconds, 1)) s: "
                    + "\(fixed(result.audioInSeconds / result.workInSeconds, 1)) times real time, "
                    + "\(fixed(ResourceUsage.peakMemoryInMegabytes, 0)) MB at most")
        }
        guard result.failures.isEmpty else {
            throw EvaluationError(
                description:
                    "\(result.failures.count) of \(manifest.utterances.count) utterances could not be read and "
                    + "are not in the figures")
        }
        try scoring.checkLimit(summary)
    }

    /// Texts are kept by id, so each may occur once in all that is evaluated together.
    private func refuseRepeatedIDs(_ manifest: Manifest) throws {
        var sources: [String: SourceLine] = [:]
        for utterance in manifest.utterances {
            guard let first = sources.updateValue(utterance.source, forKey: utterance.id) else { continue }
            throw EvaluationError(
                description:
                    "\(utterance.source): the id \(utterance.id) is at \(first) too; evaluate these one at a time")
        }
    }
}

/// Why an evaluation failed.
struct EvaluationError: Error, CustomStringConvertible {
    let description: String
}
