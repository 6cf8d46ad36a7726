import ArgumentParser
import Datasets
import Evaluation
import Files
import Models
import Numerics
import Recognition
import Tensors
import Text
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
            through --normalizer. With --output, texts are written as they come, and a second call continues where the first was \
            interrupted. Paths come before --model, which takes all words that follow it.

            Several machines share a set with --shard 1/16, --shard 2/16 ...; asr merge then gives the figures of the whole.
            """)

    @Argument(help: ArgumentHelp("Labelled audio: folders or manifest files.", valueName: "path"))
    var paths: [String]

    @Flag(help: "Print every utterance: what was said, what was recognised.")
    var utterances = false

    @Flag(help: "Score each path by itself, in a table with one row for each, instead of all together.")
    var each = false

    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .upToNextOption,
        help: ArgumentHelp(
            "Model folders (default: the built-in model); several give a table with one row for each.", valueName: "dir"
        ))
    var models: [String] = []

    @Option(
        help: ArgumentHelp(
            "Language that is spoken, such as en. A multilingual Whisper model detects it if it is not named; any other "
                + "model must be one for this language.", valueName: "code"))
    var language: String?

    @Option(
        help: ArgumentHelp(
            "Only a fixed part of the utterances, chosen by their ids: 3/16 is the third of sixteen. It is kept in a folder of its own "
                + "below --output, for asr merge.", valueName: "number/count"))
    var shard: Shard?

    @Option(help: ArgumentHelp("Style of the table: text, markdown, csv, espnet.", valueName: "style"))
    var table: TextTable.Style?

    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var scoring: ScoringArguments
    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        if paths.isEmpty {
            throw ValidationError(
                "Name labelled audio to evaluate on; paths come before --model, which takes all words that follow it.")
        }
        if scoring.json && (utterances || table != nil) {
            throw ValidationError("--json cannot be used with --utterances or --table.")
        }
        if runs.count > 1 && (scoring.json || scoring.report != nil || utterances) {
            throw ValidationError("--json, --report and --utterances are for one model and one test set.")
        }
        if shard != nil {
            guard runs.count == 1 else { throw ValidationError("--shard is for one model and one test set.") }
            guard scoring.output != nil else {
                throw ValidationError("--shard needs --output, where asr merge finds it.")
            }
        }
    }

    /// One model on one test set.
    private struct Run {
        let model: String?
        let paths: [String]
        /// What it is called in the table, and its folder below --output.
        let name: String
    }

    private var runs: [Run] {
        let sets = each ? paths.map { [$0] } : [paths]
        let systems: [String?] = models.isEmpty ? [nil] : models
        return systems.flatMap { model in
            sets.map { set in
                let setName = set.count == 1 ? set[0] : "\(set[0]) and \(set.count - 1) more"
                return Run(
                    model: model, paths: set, name: systems.count == 1 ? setName : "\(model ?? "built-in"): \(setName)")
            }
        }
    }

    func run() throws {
        Interruption.catchSignals()
        let runs = runs
        let options = decoding.makeOptions()
        let usual = try usualNormalizer()
        var summaries: [(name: String, summary: ScoreSummary)] = []
        var (failureCount, totalCount) = (0, 0)
        for (number, run) in runs.enumerated() {
            var arguments = scoring
            if runs.count > 1, let output = scoring.output { arguments.output = "\(output)/\(number + 1)" }
            let set = try EvaluationSet(paths: run.paths, shard: shard)
            if let shard, let output = scoring.output {
                arguments.output = ShardResult.folder(in: output, shard: shard.number, count: shard.count)
            }
            let (result, settings) = try transcribe(run, set, options, output: arguments.output)
            failureCount += result.failures.count
            totalCount += result.failures.count + result.records.count
            let score = try CorpusScore(
                result.records, options: scoring.options(usual: usual), threadCount: threading.count)
            let summary = try ScoreSummary(score, details: scoring.details)
            summaries.append((run.name, summary))
            if runs.count == 1 {
                try ScoreOutput(
                    arguments: arguments, name: run.name,
                    notes: ["model \(run.model ?? BuiltInModel.name), beam of \(decoding.beamSize)"],
                    audio: AudioLinks(manifestFolder: "."), table: table
                ).write(score, summary)
            } else if let output = arguments.output {
                try ScoreFolder(path: output).write(score, summary, name: run.name)
            }
            if let folder = arguments.output {
                try set.shardResult(
                    result, name: run.name, settings: settings, normalizer: scoring.options(usual: usual))?
                    .write(to: folder)
            }
        }
        if runs.count > 1 {
            for line in TextTable.scores(summaries, style: table ?? .text) { print(line) }
        }
        guard failureCount == 0 else {
            throw EvaluationError.unread(failureCount, of: totalCount)
        }
        for (_, summary) in summaries { try scoring.checkLimit(summary) }
    }

    /// The normaliser where none is named: the models'.
    private func usualNormalizer() throws -> TextNormalizer {
        if let named = scoring.normalizer { return named }
        let names: [String?] = models.isEmpty ? [nil] : models
        let all = try names.map { try ModelOptions.load($0, language: language).scoringNormalizer(language: language) }
        guard let first = all.first, all.allSatisfy({ $0 == first }) else {
            throw ValidationError(
                "These models write differently (Whisper models write capitals, punctuation and digits): name the --normalizer "
                    + "that makes their texts comparable, such as english.")
        }
        return first
    }

    /// Transcribes a test set, and says on stderr how fast that was and what could not be read.
    private func transcribe(
        _ run: Run, _ set: EvaluationSet, _ options: TranscriptionOptions, output: String?
    ) throws -> (LabelledEvaluation.Result, settings: String) {
        let model = try ModelOptions.load(run.model, language: language)
        let manifest = set.manifest
        let evaluation = LabelledEvaluation(
            try decoding.transcriber(for: model, named: run.model, language: language, options),
            workers: WorkerPool(threadCount: threading.count),
            output: output)
        let progress = EvaluationProgress(total: manifest.utterances.count)
        let result = try evaluation.run(manifest) { progress.show($0) }
        progress.finish()
        for failure in result.failures { printError("Error: \(failure)") }
        if result.isInterrupted {
            let remedy = output == nil ? "with --output, another call would continue" : "call it again to continue"
            printError("interrupted after \(result.records.count) utterances; \(remedy)")
            throw ExitCode(130)
        }
        guard !result.records.isEmpty || shard != nil else {
            throw EvaluationError(description: "none of the \(manifest.utterances.count) utterances could be read")
        }
        if utterances {
            for record in result.records {
                print("\(record.id)\n  said        \(record.reference)\n  recognised  \(record.hypothesis)")
            }
        }
        if result.workInSeconds > 0 {
            printError(
                "\(fixed(result.audioInSeconds, 1)) s of audio in \(fixed(result.workInSeconds, 1)) s: "
                    + "\(fixed(result.audioInSeconds / result.workInSeconds, 1)) times real time, "
                    + "\(fixed(ResourceUsage.peakMemoryInMegabytes, 0)) MB at most")
        }
        return (result, evaluation.settings)
    }
}

/// Why an evaluation failed.
struct EvaluationError: Error, CustomStringConvertible {
    let description: String

    /// Some utterances could not be read.
    static func unread(_ count: Int, of total: Int) -> EvaluationError {
        EvaluationError(description: "\(count) of \(total) utterances could not be read and are not in the figures")
    }
}
