import Autograd
import Configuration
import Datasets
import Files
import FoundationEssentials
import LanguageModels
import Models
import Numerics
import Tensors
import Text

/// Trains a network as a language model: from text to a folder.
///
/// The output folder holds the best network so far (`config.json`, `model.safetensors`, `README.md`), `training.yaml`, `metrics.jsonl` and
/// `checkpoint.safetensors`, from which `--resume` goes on. The weights are a function of the text, the configuration and its seed alone.
public final class LanguageModelTraining {
    private let configuration: LanguageModelConfiguration
    private let vocabulary: ModelVocabulary
    private let characters: Vocabulary
    private let normalizer: LabelNormalizer
    private let output: TrainingOutput
    private let workers: WorkerPool
    private let observer: @Sendable (TrainingEvent) -> Void
    private let shouldStop: @Sendable () -> Bool

    /// - Parameters:
    ///   - vocabulary: what the recogniser writes.
    ///   - normalizer: how text becomes what it writes.
    ///   - output: the folder that is made.
    ///   - threadCount: threads to use; the result does not depend on it.
    ///   - observer: is told what happens.
    ///   - shouldStop: asked after every step; true saves and returns.
    /// - Throws: `LanguageModelError` for a Whisper model.
    public init(
        _ configuration: LanguageModelConfiguration, for vocabulary: ModelVocabulary, normalizer: LabelNormalizer,
        output: String, threadCount: Int, observer: @escaping @Sendable (TrainingEvent) -> Void,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws {
        guard let characters = vocabulary.characters else {
            throw LanguageModelError("language models are not for Whisper models; name another recogniser")
        }
        self.configuration = configuration
        self.vocabulary = vocabulary
        self.characters = characters
        self.normalizer = normalizer
        self.output = TrainingOutput(folder: output)
        workers = WorkerPool(threadCount: threadCount)
        self.observer = observer
        self.shouldStop = shouldStop
    }

    /// Trains until the end, or until told to stop.
    ///
    /// - Parameter resume: go on from the checkpoint in the output folder; without, there must be none.
    /// - Throws: what is wrong with configuration, text or output folder.
    public func run(resume: Bool) throws -> Trainer.Outcome {
        try configuration.validate()
        // 1. What is there: the output folder, the text.
        let hasCheckpoint = try output.prepare(resume: resume)
        let path = "\(output.folder)/config.json"
        guard hasCheckpoint || !FileManager.default.fileExists(atPath: path) else {
            throw TrainingError("\(path): there is a model already; choose another --output")
        }
        let lock = try FolderLock(output.folder)
        defer { withExtendedLifetime(lock) {} }
        if hasCheckpoint { try output.repairModel { _ = try SafeTensors(path: "\($0)/model.safetensors") } }
        if resume && !hasCheckpoint {
            observer(
                .warning("\(output.checkpointPath): there is none to continue from; training starts from the beginning")
            )
        }
        let text = TrainingText(paths: configuration.data.text, normalizer: normalizer)
        let heldOut = configuration.data.dev.isEmpty ? HeldOutLines() : nil
        let survey = try TextSurvey(
            text, tokenizer: vocabulary.tokenizer, characters: characters, configuration.batches, heldOut: heldOut)
        guard survey.batchCount > 0 else {
            throw LanguageModelError("\(text.paths.joined(separator: ", ")): there is no text to learn from")
        }
        try checkDevText(lineCount: survey.lineCount)
        observer(
            .message("\(survey.lineCount) lines, \(survey.wordCount) words, \(survey.characterCount) characters"))
        if let summary = survey.unknown.summary { observer(.warning(summary)) }

        // 2. Where to start.
        let network = LanguageNetwork(configuration.lm, tokenCount: vocabulary.tokenizer.count)
        network.parameters.initialize(seed: configuration.seed)
        let optimizer = AdamW(network.parameters, configuration: configuration.optimizer)
        var progress = LanguageModelCheckpoint.Progress()
        progress.configuration = try YAMLConfiguration.yaml(configuration.withoutStopping)
        progress.vocabulary = vocabulary.fingerprint
        progress.text = survey.fingerprint.description
        if hasCheckpoint {
            progress = try LanguageModelCheckpoint.read(
                path: output.checkpointPath, resuming: progress, network.parameters, optimizer)
            observer(.message("continuing after step \(progress.step), epoch \(progress.epoch + 1)"))
        }
        observer(.message("\(network.parameters.parameterCount) parameters, \(survey.batchCount) steps in an epoch"))
        try output.write(configuration)
        let watch = try TrainingWatch(
            configuration.watch, warmupSteps: configuration.schedule.warmupSteps, output: output,
            from: .init(step: progress.step, isEvaluated: progress.evaluatedStep == progress.step), observer: observer)
        let parts = LanguageModelRun.Parts(
            configuration: configuration, vocabulary: vocabulary, normalizer: normalizer, text: text, heldOut: heldOut,
            survey: survey, network: network, optimizer: optimizer)
        return try LanguageModelRun(
            parts, output: output, workers: workers, watch: watch, progress: progress, shouldStop: shouldStop
        ).train()
    }

    /// Refuses a run that could not be evaluated, before it begins.
    private func checkDevText(lineCount: Int) throws {
        let dev = configuration.data.dev
        guard !dev.isEmpty else {
            guard HeldOutLines().areAny(among: lineCount) else {
                throw LanguageModelError(
                    "the text has only \(lineCount) lines, of which none can be left out to measure how well it goes; name other text with "
                        + "--dev")
            }
            return
        }
        guard try TrainingText.Lines(TrainingText(paths: dev, normalizer: normalizer)).next() != nil else {
            throw LanguageModelError("\(dev.joined(separator: ", ")): there is no text in it")
        }
    }
}
