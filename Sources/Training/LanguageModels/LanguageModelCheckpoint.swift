import Autograd
import Configuration
import Datasets
import LanguageModels
import Models
import Tensors

/// Everything that the training of a language model needs to go on where it was: one file, replaced in one go.
struct LanguageModelCheckpoint {
    /// What is known besides the tensors.
    struct Progress: Codable, Equatable {
        /// Steps done, skipped ones included; and steps of AdamW.
        var step = 0
        var optimizerStep = 0
        /// The pass (from 0) and its next batch.
        var epoch = 0
        var batch = 0
        /// The lowest loss on the dev text, in nats per token.
        var bestLoss: Double?
        /// The last step that was evaluated.
        var evaluatedStep = 0
        var skippedSteps = 0
        /// The complete configuration as YAML: another one may not go on from here.
        var configuration = ""
        /// The fingerprints of vocabulary and text.
        var vocabulary = ""
        var text = ""
    }

    private static let file = CheckpointFile<Progress>(key: "languageModelProgress", command: "asr train-lm")

    private static func tensors(_ parameters: ParameterStore, _ optimizer: AdamW) -> [(name: String, value: Tensor)] {
        [
            ("parameters", parameters.values), ("first_moment", optimizer.firstMoment),
            ("second_moment", optimizer.secondMoment),
        ]
    }

    static func write(_ progress: Progress, _ parameters: ParameterStore, _ optimizer: AdamW, to path: String) throws {
        try file.write(progress, tensors(parameters, optimizer).map { .init($0.name, $0.value) }, to: path)
    }

    /// Reads a checkpoint.
    ///
    /// - Parameter start: how training would begin now: the checkpoint must have begun with the same settings, vocabulary and text.
    /// - Throws: `ModelError` or `TrainingError` naming the file.
    static func read(path: String, resuming start: Progress, _ parameters: ParameterStore, _ optimizer: AdamW) throws
        -> Progress
    {
        let (file, progress) = try Self.file.open(path)
        func configuration(_ yaml: String) throws -> LanguageModelConfiguration {
            try YAMLConfiguration.read(LanguageModelConfiguration(.lstm), yaml: yaml, path: path)
        }
        try Self.file.requireSameSettings(
            configuration(progress.configuration), configuration(start.configuration), path: path)
        guard progress.vocabulary == start.vocabulary else {
            throw TrainingError(
                "\(path): was made for a recogniser of another vocabulary; name that one with --vocabulary, or choose another --output"
            )
        }
        guard progress.text == start.text else {
            throw TrainingError("\(path): the text has changed; put it back as it was, or choose another --output")
        }
        for (name, value) in tensors(parameters, optimizer) { try file.read(name, into: value) }
        optimizer.step = progress.optimizerStep
        return progress
    }
}
