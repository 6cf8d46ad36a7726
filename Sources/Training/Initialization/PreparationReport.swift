import Datasets
import Models
import Recognition
import Tensors
import Text

/// Tells what will come of the data and the model that a run begins with.
struct PreparationReport {
    let configuration: TrainingConfiguration
    let workers: WorkerPool
    let observer: @Sendable (TrainingEvent) -> Void

    /// Tells the size of the model, what it begins with, and what of it does not learn.
    func reportModel(
        _ model: SpeechModel, _ rules: LearningRules, _ initial: InitialModel?, _ transfer: InitialModel.Transfer?
    ) {
        let parameters = model.network.parameters
        observer(
            .message(
                "\(parameters.parameterCount) parameters, \(model.tokenizer.count) tokens, \(Kernels.name) kernels, "
                    + MatrixProduct.libraryDescription))
        if let transfer, let initial { observer(.message(initial.message(transfer))) }
        let frozen = rules.frozenCounts(in: parameters)
        if frozen.forGood > 0 {
            observer(.message("\(frozen.forGood) of \(parameters.parameterCount) parameters are frozen"))
        }
        if frozen.atFirst > frozen.forGood {
            observer(
                .message(
                    "\(frozen.atFirst) of \(parameters.parameterCount) parameters are frozen in the first \(rules.frozenStepCount) steps"
                ))
        }
    }

    /// Warns of what is not learned from, with the first few lines.
    ///
    /// - Returns: all lines.
    func reportExclusions(_ sampler: BatchSampler, _ loader: DataLoader) -> [String] {
        let exclusions = sampler.exclusions.filter { loader.draws[$0.index].isFirst }
        guard !exclusions.isEmpty else { return [] }
        let seconds = exclusions.reduce(0) {
            $0 + configuration.model.frontend.durationInSeconds(frameCount: loader.frameCount($1.index))
        }
        let utterances = loader.data.utterances
        observer(
            .warning(
                "\(exclusions.count) of \(utterances.count) utterances (\(seconds.rounded()) s) are left out of training:"
            ))
        let lines = exclusions.map { exclusion in
            "\(utterances[loader.draws[exclusion.index].utterances.lowerBound].source): \(exclusion.reason.rawValue)"
        }
        for line in lines.prefix(10) { observer(.warning("  \(line)")) }
        if lines.count > 10 {
            observer(.warning("  ... and \(lines.count - 10) more; excluded.txt in the output folder lists all"))
        }
        return lines
    }

    /// Tells how many utterances fit their text as they are, but not at the highest speed.
    func reportTooFast(_ sampler: BatchSampler, _ loader: DataLoader) {
        let fastest = configuration.augmentation.speedFactors.max() ?? 1
        let count = sampler.included.count { index in
            loader.draws[index].isFirst
                && Double(loader.frameCount(index)) / Double(fastest)
                    < Double(sampler.requiredFrameCount(index))
        }
        guard count > 0 else { return }
        observer(
            .message(
                "at speed \(fastest) CTC cannot learn from \(count) of \(loader.data.utterances.count) utterances, which are then too "
                    + "short for their text; the decoder can"))
    }

    /// Tells how much of the recordings will not fit into memory, and where it is kept.
    func reportMemory(_ store: RecordingStore, byteCount: Int) {
        let (memory, file) = store.shares(ofBytes: byteCount)
        guard memory < byteCount else { return }
        func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 }
        let rest = byteCount - memory - file
        observer(
            .message(
                "\(megabytes(byteCount)) MB of recordings: \(megabytes(memory)) MB will be kept in memory (data.memoryLimit), "
                    + "\(megabytes(file)) MB in a temporary file in the output folder"
                    + (rest == 0
                        ? ""
                        : "; \(megabytes(rest)) MB have no room on its disk and are read again in each epoch")))
    }

    /// Tells how many threads work, and what to set where batches are too small for all of them.
    func reportThreads(_ batches: [BatchSampler.Batch]) {
        let counts = batches.map(\.count).sorted()
        let usual = counts[counts.count / 2]
        let threads = workers.threadCount
        guard usual < threads else {
            return observer(.message("training on \(threads) thread\(threads == 1 ? "" : "s")"))
        }
        observer(
            .message(
                "training on \(usual) of \(threads) threads: half of the batches have no more than \(usual) micro-batches; "
                    + "lower batches.maximumFramesPerMicroBatch (\(configuration.batches.maximumFramesPerMicroBatch)) or raise "
                    + "batches.maximumFramesPerBatch (\(configuration.batches.maximumFramesPerBatch)), which changes what is "
                    + "learned"))
    }

    /// Tells how many recordings of dev are longer than what the model will follow.
    func reportLongDev(_ loader: DataLoader, _ learned: LearnedData) {
        let limit = Transcriber.longestSegment(learnedInSeconds: learned.longestUtteranceInSeconds)
        let frontend = configuration.model.frontend
        let count = loader.data.frameCounts.count { frontend.durationInSeconds(frameCount: $0) > limit }
        guard count > 0 else { return }
        observer(
            .message(
                "\(count) of \(loader.data.frameCounts.count) utterances of dev are longer than the \((limit * 10).rounded() / 10) s "
                    + "that the model learns to follow: they are transcribed whole here, but cut by asr evaluate"))
    }

    /// Warns of characters that the model will not be able to write.
    func reportUnknownCharacters(_ vocabulary: Vocabulary, in texts: [String], _ what: String) {
        let known = Set(vocabulary.characters)
        var counts: [Unicode.Scalar: Int] = [:]
        var textCount = 0
        for text in texts {
            let unknown = text.unicodeScalars.filter { !known.contains($0) }
            for character in unknown { counts[character, default: 0] += 1 }
            textCount += unknown.isEmpty ? 0 : 1
        }
        guard !counts.isEmpty else { return }
        let frequentFirst = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { String($0.key) }
        observer(
            .warning(
                "\(what): \(textCount) of \(texts.count) texts have characters that the model will not know: "
                    + shortList(frequentFirst)))
    }
}
