import Configuration
import Datasets
import Files
import Models
import Tensors

/// Everything that training needs to go on where it was: one file, replaced in one go.
struct Checkpoint {
    /// What is known besides the tensors.
    struct Progress: Codable, Equatable {
        /// Steps of the optimiser done, skipped ones included.
        var step = 0
        /// Steps of AdamW done.
        var optimizerStep = 0
        /// The epoch (from 0) and its next batch.
        var epoch = 0
        var batch = 0
        /// The lowest dev character error rate, and evaluations since.
        var bestError: Double?
        var evaluationsSinceBest = 0
        /// The models in `best`, the best first.
        var bestModels: [BestModels.Entry] = []
        /// The dev character error rate of the average of them that is the model of the output folder; nil: it is the best one.
        var averageError: Double?
        /// Steps that were skipped because their gradient was NaN or infinite.
        var skippedSteps = 0
        /// The complete configuration as YAML: another one may not go on from here.
        var configuration = ""
        /// The fingerprint of the model that training began with; nil: random weights.
        var initialModel: String?
        /// The fingerprint of the training data; nil in checkpoints that are older than this.
        var data: String?
    }

    private static let file = CheckpointFile<Progress>(key: "progress", command: "asr train")

    /// Writes parameters, moments, the average if there is one, and progress. Called by all ranks; the first one writes, and takes the moments of
    /// the others piece by piece.
    static func write(_ progress: Progress, _ state: TrainingState, to path: String) throws {
        try state.ranks.meet()
        let memory = SharedMemory(state.ranks, state.shares)
        let (tensors, ranks) = (tensors(of: state), state.ranks)
        /// Those that the ranks share out, in the order in which they are sent.
        var shared = tensors.filter { $0.isShared && ranks.areSeveral }
        guard ranks.isFirst else {
            for tensor in shared { memory.give(tensor.value) }
            return
        }
        // Where the file cannot be written the others still send theirs.
        defer { for tensor in shared { try? memory.collect(tensor.value) { _ in } } }
        let contents = tensors.map { name, value, isShared -> CheckpointFile<Progress>.Content in
            guard isShared, ranks.areSeveral else { return .init(name, value) }
            return .init(name: name, shape: value.shape) { append in
                precondition(shared.first?.name == name, "Checkpoint: \(name) is not next")
                shared.removeFirst()
                try memory.collect(value, append: append)
            }
        }
        try file.write(progress, contents, to: path)
    }

    /// What a state has, flat, by name; of what the ranks share out each has its part.
    private static func tensors(of state: TrainingState) -> [(name: String, value: Tensor, isShared: Bool)] {
        var tensors = [
            ("parameters", state.model.network.parameters.values, false),
            ("first_moment", state.optimizer.firstMoment, true), ("second_moment", state.optimizer.secondMoment, true),
        ]
        if let average = state.average { tensors.append(("average", average.values, false)) }
        return tensors
    }

    /// Reads a checkpoint into the states of all ranks, of the same shape; the first rank reads the file. Called by all ranks.
    ///
    /// - Parameter start: how training would begin now: the checkpoint must have begun with the same configuration and model.
    /// - Throws: `ModelError` or `TrainingError` naming the file, on all ranks.
    static func read(path: String, resuming start: Progress, into state: TrainingState) throws -> Progress {
        let ranks = state.ranks
        var opened: SafeTensors?
        let progress = try ranks.fromFirst {
            let (file, progress) = try read(path: path, resuming: start)
            opened = file
            return progress
        }
        for (name, value, isShared) in tensors(of: state) {
            // What each rank has a part of goes by way of memory that is given back.
            let isDistributed = isShared && ranks.areSeveral
            let target = isDistributed ? Tensor(untouchedZeros: ranks.isFirst ? value.shape : [0]) : value
            _ = try ranks.fromFirst {
                try opened?.read(name, into: target)
                return true
            }
            if isDistributed {
                SharedMemory(ranks, state.shares).distribute(target, into: value)
            } else {
                ranks.broadcast(value)
            }
        }
        state.optimizer.step = progress.optimizerStep
        return progress
    }

    /// Opens a checkpoint and reads its progress.
    private static func read(path: String, resuming start: Progress) throws -> (file: SafeTensors, progress: Progress) {
        let (file, progress) = try Self.file.open(path)
        try Self.file.requireSameSettings(
            configuration(progress.configuration, path: path), configuration(start.configuration, path: path),
            path: path)
        guard progress.initialModel == start.initialModel else {
            throw TrainingError(
                "\(path): training began with another model than the one that initialization.model names now; put that "
                    + "one back, or choose another --output")
        }
        guard progress.data == nil || progress.data == start.data else {
            throw TrainingError(
                "\(path): the training data has changed: other utterances, texts or lengths. Put it back as it "
                    + "was, or begin another run with --init \(parentFolder(path)) and another --output")
        }
        return (file, progress)
    }

    /// A configuration that was kept as YAML; settings that are newer than it have their defaults.
    private static func configuration(_ yaml: String, path: String) throws -> TrainingConfiguration {
        var configuration = try YAMLConfiguration.read(TrainingConfiguration(), yaml: yaml, path: path)
        configuration.gradientParts = RetiredSetting()
        return configuration
    }
}
