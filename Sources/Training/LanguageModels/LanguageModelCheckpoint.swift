import Autograd
import Configuration
import Datasets
import Files
import FoundationEssentials
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

    private static let progressKey = "languageModelProgress"

    private static func tensors(_ parameters: ParameterStore, _ optimizer: AdamW) -> [(name: String, value: Tensor)] {
        [
            ("parameters", parameters.values), ("first_moment", optimizer.firstMoment),
            ("second_moment", optimizer.secondMoment),
        ]
    }

    static func write(_ progress: Progress, _ parameters: ParameterStore, _ optimizer: AdamW, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state is the same file
        let json = String(decoding: try encoder.encode(progress), as: UTF8.self)
        try AtomicFile.write(
            SafeTensors.data(tensors(parameters, optimizer), metadata: [progressKey: json]), to: path)
    }

    /// Reads a checkpoint.
    ///
    /// - Parameter start: how training would begin now: the checkpoint must have begun with the same settings, vocabulary and text.
    /// - Throws: `ModelError` or `TrainingError` naming the file.
    static func read(path: String, resuming start: Progress, _ parameters: ParameterStore, _ optimizer: AdamW) throws
        -> Progress
    {
        let file = try SafeTensors(path: path)
        guard let json = file.metadata[progressKey],
            let progress = try? JSONDecoder().decode(Progress.self, from: Data(json.utf8))
        else { throw TrainingError("\(path): is not a checkpoint of asr train-lm; remove it to start again") }
        func configuration(_ yaml: String) throws -> LanguageModelConfiguration {
            try YAMLConfiguration.read(LanguageModelConfiguration(.lstm), yaml: yaml, path: path)
        }
        if let difference = try ConfigurationDifference(
            configuration(progress.configuration), configuration(start.configuration))
        {
            throw TrainingError(
                "\(path): was made with another configuration: \(difference.key) was \(difference.first) and is "
                    + "\(difference.second) now; resume with the same settings (training.yaml beside it has them; "
                    + "--set \(difference.key)=VALUE), or choose another --output")
        }
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
