import ArgumentParser
import Datasets
import Files
import FoundationEssentials
import LanguageModels
import Models
import Recognition
import Tensors
import Training

/// `asr tune`: with which weights a language model helps most.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Find the best weights for a language model in the search.",
        discussion: """
            Example: asr tune --model my-model --dev recordings/dev

            The model's folder must hold a language model, in its folder language-model, as asr train-lm writes it with \
            --output my-model/language-model. Labelled recordings, which must not be a test set, are transcribed with \
            different weights of language model, length, CTC and the decoder's own language model, which is subtracted. \
            The search changes one weight at a time, in smaller steps when none helps (Hooke and Jeeves 1961). The best weights are written into the model's config.json, where asr transcribe finds them. \
            Every trial is printed.
            """)

    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("Model folder; its config.json is changed.", valueName: "dir"))
    var model: String

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Labelled audio: folders or manifest files.", valueName: "path"))
    var dev: [String]

    @Option(parsing: .unconditional, help: ArgumentHelp("Hypotheses followed at once.", valueName: "n"))
    var beamSize = 10

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Use only so many utterances, from all over the set; 0 is all.", valueName: "n"))
    var limit = 0

    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        guard (2...100).contains(beamSize) else { throw ValidationError("--beam-size must be from 2 to 100.") }
        guard limit >= 0 else { throw ValidationError("--limit must be 0 or more.") }
    }

    func run() throws {
        let directory = try BuiltInModel.directory(for: model)
        let loaded = try SpeechModel(directory: directory)
        guard loaded.whisper == nil else {
            throw ValidationError("--model \(model): language models are not for Whisper models; name another one.")
        }
        let languageModel = try LanguageModel(
            directory: "\(directory)/\(LanguageModel.folderName)", vocabulary: loaded.vocabulary)
        var options = TranscriptionOptions()
        options.beamSize = beamSize
        let workers = WorkerPool(threadCount: threading.count)
        let utterances = try heard(by: Transcriber(model: loaded, options: options), workers)
        let start = loaded.description.languageModel ?? .usual
        let best = try FusionTuning(
            loaded, options: options, languageModel: WeightedLanguageModel(languageModel, weight: start.weight),
            utterances: utterances, workers: workers
        ).best(from: start) { try writeOutput(Self.line($0)) }
        try writeOutput("best: " + Self.line(best))
        var description = loaded.description
        description.languageModel = best.settings
        try description.write(to: directory)
        printError("wrote \(directory)/config.json")
    }

    /// The recordings of the set, and what is said in them as the model writes it.
    private func heard(by transcriber: Transcriber, _ workers: WorkerPool) throws -> [FusionTuning.Utterance] {
        let all = try Manifest.load(paths: dev).utterances
        let count = limit == 0 ? all.count : min(limit, all.count)
        let normalizer = transcriber.model.configuration.labelNormalizer
        return try workers.map(itemCount: count) { index in
            let utterance = all[index * all.count / count]
            return Result {
                let source = AudioSource.lazySamples(name: utterance.id) { try utterance.waveform(sampleRate: $0) }
                return FusionTuning.Utterance(
                    recording: try transcriber.encoded(source), reference: normalizer.normalized(utterance.text))
            }
        }.map { try $0.get() }
    }

    private static func line(_ trial: FusionTuning.Trial) -> String {
        let settings = trial.settings
        return "weight \(settings.weight), length reward \(settings.lengthReward), CTC weight "
            + "\(settings.ctcWeight.map { "\($0)" } ?? "none"), internal weight \(settings.internalWeight ?? 0): "
            + "error rate \(percent(trial.errorRate))\n"
    }
}
