import Audio
import Datasets
import Models
import Recognition
import Tensors
import Text

/// What a run needs before its first step: data in memory, a model with its first values, and the batches.
struct TrainingPreparation {
    let model: SpeechModel
    let trainLoader: DataLoader
    let devLoader: DataLoader
    let sampler: BatchSampler
    /// What of the model stays as it is.
    let frozen: FrozenParameters
    /// The fingerprint of the model that training begins with; nil: random weights.
    let initialFingerprint: String?
    /// Changes with the training utterances, their texts and their lengths.
    let dataFingerprint: String
    let learned: LearnedData
    /// What is not learned from, and why: a line for each utterance.
    let exclusions: [String]

    /// Reads the data and makes the model. Vocabulary and statistics come from the training data; where training begins with
    /// another model, its statistics are kept, and its vocabulary is extended.
    ///
    /// - Parameter folder: the output folder, where recordings that do not fit into memory are kept.
    /// - Throws: what is wrong with configuration or data.
    init(
        _ configuration: TrainingConfiguration, folder: String, workers: WorkerPool,
        observer: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        let initial = try InitialModel(configuration)
        let store = RecordingStore(memoryLimit: configuration.data.memoryLimitInBytes, folder: folder)
        let reader = Reader(configuration: configuration, store: store, workers: workers, observer: observer)
        // Made first, so that an unreadable noise folder is named before all speech is read.
        let augmentation = try UtteranceAugmentation(
            configuration.augmentation, sampleRate: configuration.model.frontend.sampleRate, seed: configuration.seed)
        let sources = try reader.trainManifests()
        var train = try reader.data(
            Manifest(utterances: sources.flatMap(\.utterances)), "train",
            keepsSamples: configuration.augmentation.changesWaveform)
        var dev = try reader.data(reader.devManifest(), "dev", keepsSamples: false)

        let minimumCount = configuration.data.minimumCharacterCount
        let vocabulary =
            try initial?.vocabulary(
                texts: train.texts, minimumCount: minimumCount,
                keepsCharacters: configuration.initialization.keepsCharacters)
            ?? Vocabulary(texts: train.texts, minimumCount: minimumCount)
        guard !vocabulary.characters.isEmpty else {
            throw TrainingError(
                "no character occurs \(minimumCount) times in the training text; lower "
                    + "data.minimumCharacterCount")
        }
        let normalization =
            initial?.model.description.featureNormalization
            ?? train.normalization(configuration.model.featureNormalization)
        train.featureNormalization = normalization
        dev.featureNormalization = normalization
        // What decoding the files took goes back to the system: as much as the audio itself.
        FreedMemory.giveBack()
        model = try SpeechModel(
            .init(model: configuration.model, featureNormalization: normalization), vocabulary: vocabulary)
        let parameters = model.transformer.parameters
        try configuration.checkMemory(
            elementCount: parameters.flatCount, parameterCount: parameters.parameterCount,
            threadCount: workers.threadCount)
        parameters.initialize(seed: configuration.seed)
        let transfer = initial?.copyWeights(into: model)
        frozen = try FrozenParameters(
            configuration.initialization.frozen, in: model.transformer,
            newCharacterCount: transfer?.newCharacters.count ?? 0)
        initialFingerprint = initial?.model.fingerprint
        dataFingerprint = train.fingerprint
        observer(
            .message(
                "\(parameters.parameterCount) parameters, \(vocabulary.count) tokens, \(Kernels.name) kernels, "
                    + MatrixProduct.libraryDescription))
        if let transfer, let initial { observer(.message(transfer.message(from: initial.directory))) }
        let frozenCount = frozen.count(in: parameters)
        if frozenCount > 0 {
            observer(.message("\(frozenCount) of \(parameters.parameterCount) parameters are frozen"))
        }

        trainLoader = DataLoader(
            train, vocabulary: vocabulary,
            weights: zip(configuration.data.train, sources).flatMap { source, manifest in
                manifest.utterances.map { _ in source.weight }
            },
            augmentation: .init(
                changes: augmentation, frontend: try LogMelSpectrogram(configuration: configuration.model.frontend),
                normalization: normalization))
        devLoader = DataLoader(dev, vocabulary: vocabulary)
        sampler = Self.sampler(trainLoader, configuration)
        exclusions = reader.reportExclusions(sampler, trainLoader)
        reader.reportTooFast(sampler, trainLoader)
        learned = LearnedData(
            trainLoader, sampler, hopInSeconds: configuration.model.frontend.hopInSeconds,
            before: initial?.model.description.training)
        reader.reportLongDev(devLoader, learned)
        reader.reportUnknownCharacters(vocabulary, in: train.texts, "train")
        reader.reportUnknownCharacters(vocabulary, in: dev.texts, "dev")
        reader.reportMemory()
        let batches = sampler.batches(epoch: 0)
        guard !batches.isEmpty else {
            throw TrainingError("no utterance can be learned from: see the reasons above, and asr data check")
        }
        reader.reportThreads(batches)
    }

    /// Batches of the training utterances that are neither too long nor too short, nor too short for their text.
    private static func sampler(_ loader: DataLoader, _ configuration: TrainingConfiguration) -> BatchSampler {
        let lengths = loader.draws.indices.map { index in
            BatchSampler.Length(
                frameCount: loader.frameCount(index),
                requiredFrameCount: configuration.requiredFrameCount(index, loader),
                weight: loader.draws[index].weight)
        }
        return BatchSampler(lengths: lengths, configuration: configuration.batches, seed: configuration.seed)
    }
}

/// How much audio is learned from.
struct LearnedData {
    let utteranceCount: Int
    let hours: Double
    /// Utterances no longer than this hold 99 % of the audio; at least what the model that training begins with has here.
    let longestUtteranceInSeconds: Double

    init(
        _ loader: DataLoader, _ sampler: BatchSampler, hopInSeconds: Double, before: SpeechModel.TrainingSummary?
    ) {
        let durations = sampler.included.filter { loader.draws[$0].copy == 0 }
            .map { Double(loader.frameCount($0)) * hopInSeconds }.sorted()
        let total = durations.reduce(0, +)
        utteranceCount = durations.count
        hours = total / 3_600
        var sum = 0.0
        let longest =
            durations.first { duration in
                sum += duration
                return sum >= 0.99 * total
            } ?? 0
        longestUtteranceInSeconds = max(longest, before?.longestUtteranceInSeconds ?? 0)
    }
}

/// Reads labelled audio and tells what comes of it.
private struct Reader {
    let configuration: TrainingConfiguration
    let store: RecordingStore
    let workers: WorkerPool
    let observer: @Sendable (TrainingEvent) -> Void

    /// What is learned from, source by source.
    func trainManifests() throws -> [Manifest] {
        try configuration.data.train.map { source in
            let manifest = try Manifest.load(path: source.path)
            if source.weight != 1 {
                observer(
                    .message(
                        "\(source.path): \(manifest.utterances.count) utterances, each drawn \(source.weight) times an epoch"
                    ))
            }
            return manifest
        }
    }

    /// The dev utterances that are transcribed.
    func devManifest() throws -> Manifest {
        let all = try Manifest.load(paths: configuration.data.dev)
        let limit = configuration.evaluation.maximumUtterances
        guard limit > 0, limit < all.utterances.count else { return all }
        observer(.message("dev: \(limit) of \(all.utterances.count) utterances (evaluation.maximumUtterances)"))
        return all.choice(of: limit, seed: configuration.seed)
    }

    /// Audio and features of a manifest.
    func data(_ manifest: Manifest, _ what: String, keepsSamples: Bool) throws -> TrainingData {
        let total = manifest.utterances.count
        let observer = observer
        let data = try TrainingData(
            manifest, frontend: configuration.model.frontend, labelNormalizer: configuration.model.labelNormalizer,
            keepsSamples: keepsSamples, store: store, workers: workers,
            progress: { observer(.reading(count: $0, total: total)) })
        observer(.message("\(what): \(total) utterances, \(data.durationInSeconds.rounded()) s"))
        return data
    }

    /// Warns of what is not learned from, with the first few lines.
    ///
    /// - Returns: all lines.
    func reportExclusions(_ sampler: BatchSampler, _ loader: DataLoader) -> [String] {
        let exclusions = sampler.exclusions.filter { loader.draws[$0.index].copy == 0 }
        guard !exclusions.isEmpty else { return [] }
        let seconds = exclusions.reduce(0) {
            $0 + Double(loader.frameCount($1.index)) * configuration.model.frontend.hopInSeconds
        }
        let utterances = loader.data.utterances
        observer(
            .warning(
                "\(exclusions.count) of \(utterances.count) utterances (\(seconds.rounded()) s) are not learned from:"))
        let lines = exclusions.map { exclusion in
            "\(utterances[loader.draws[exclusion.index].utterance].source): \(exclusion.reason.rawValue)"
        }
        for line in lines.prefix(10) { observer(.warning("  \(line)")) }
        if lines.count > 10 {
            observer(.warning("  ... and \(lines.count - 10) more; excluded.txt in the output folder has all"))
        }
        return lines
    }

    /// Tells how many utterances fit their text as they are, but not at the highest speed.
    func reportTooFast(_ sampler: BatchSampler, _ loader: DataLoader) {
        let fastest = configuration.augmentation.speedFactors.max() ?? 1
        let count = sampler.included.count { index in
            loader.draws[index].copy == 0
                && Double(loader.frameCount(index)) / Double(fastest)
                    < Double(configuration.requiredFrameCount(index, loader))
        }
        guard count > 0 else { return }
        observer(
            .message(
                "at speed \(fastest) CTC cannot learn from \(count) of \(loader.data.utterances.count) utterances, too short for "
                    + "their text then; the decoder can"))
    }

    /// Tells how much of the recordings does not fit into memory.
    func reportMemory() {
        let (memory, file) = store.usedBytes
        guard file > 0 else { return }
        func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 }
        observer(
            .message(
                "\(megabytes(memory)) MB of recordings are kept in memory, \(megabytes(file)) MB in a file of the output folder "
                    + "that goes with this process (data.memoryLimit)"))
    }

    /// Tells how many threads work, and what to set where batches are too small for all of them.
    func reportThreads(_ batches: [BatchSampler.Batch]) {
        let counts = batches.map(\.count).sorted()
        let usual = counts[counts.count / 2]
        let threads = workers.threadCount
        guard usual < threads else { return observer(.message("training on \(threads) threads")) }
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
        let hopInSeconds = configuration.model.frontend.hopInSeconds
        let count = loader.data.frameCounts.count { Double($0) * hopInSeconds > limit }
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

extension TrainingConfiguration {
    /// The frames that CTC needs for the text of a draw: a position for each token, and one between equal ones.
    fileprivate func requiredFrameCount(_ index: Int, _ loader: DataLoader) -> Int {
        if loss.ctcWeight == 0 { return 1 }
        let label = loader.labels[loader.draws[index].utterance]
        let repetitions = zip(label, label.dropFirst()).count { $0 == $1 }
        return max(1, model.subsamplingFactor * (label.count + repetitions - 1) + 1)
    }

    /// Refuses a model that cannot fit: parameters, two moments, their average if one is kept, and a gradient for each thread,
    /// in float32.
    fileprivate func checkMemory(elementCount: Int, parameterCount: Int, threadCount: Int) throws {
        let copyCount = 3 + (optimizer.averageDecay > 0 ? 1 : 0) + threadCount
        let needed = Double(elementCount) * 4 * Double(copyCount)  // bytes
        try MachineMemory.require(
            needed, toTrain: "\(parameterCount) parameters",
            remedy: "choose a smaller model (model.transformer.modelDimension, layer counts) or fewer --threads")
    }
}
