import Audio
import Autograd
import Datasets
import Models
import NeuralNetwork
import Recognition
import Tensors
import Text

/// What a run needs before its first step: texts and lengths of the data, a model with its first values, and the batches.
struct TrainingPreparation {
    let model: SpeechModel
    let trainLoader: DataLoader
    let devLoader: DataLoader
    let sampler: BatchSampler
    /// The batches of the first epoch.
    let batchCount: Int
    /// How each parameter learns.
    let rules: LearningRules
    /// The fingerprint of the model that training begins with; nil: random weights.
    let initialFingerprint: String?
    /// Changes with the training utterances, their texts and their lengths.
    let dataFingerprint: String
    let learned: LearnedData
    /// What is not learned from, and why: a line for each utterance.
    let exclusions: [String]

    /// Reads the data and makes the model.
    ///
    /// - Parameters:
    ///   - folder: the output folder, where recordings that do not fit into memory are kept.
    ///   - ranks: each of which prepares the same. The first one finds out the lengths of the recordings before the others, for which it
    ///     writes them down.
    /// - Throws: what is wrong with configuration or data.
    init(
        _ configuration: TrainingConfiguration, folder: String, workers: WorkerPool, ranks: Ranks,
        observer: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        let frontend = configuration.model.frontend

        // 1. What training begins with, and how recordings are changed: what is wrong there is told before all speech is read.
        let initial = try InitialModel(configuration)
        let changes = try UtteranceAugmentation(
            configuration.augmentation, sampleRate: frontend.sampleRate, seed: configuration.seed)

        // 2. The data: texts and lengths. The audio is read when it is needed.
        if !ranks.isFirst { try ranks.meet() }
        let output = TrainingOutput(folder: folder)
        let store = RecordingStore(
            memoryLimit: configuration.data.memoryLimitInBytes, folder: folder, warn: { observer(.warning($0)) })
        let sets = TrainingSets(
            configuration: configuration, store: store,
            lengths: LengthReader(path: output.lengthsPath, isWriting: ranks.isFirst, workers: workers),
            workers: workers, observer: observer)
        let sources = try sets.trainManifests()
        let weights = zip(configuration.data.train, sources).flatMap { source, manifest in
            manifest.utterances.map { _ in source.weight }
        }
        var train = try sets.data(
            Manifest(utterances: sources.flatMap(\.utterances)), "train",
            keepsSamples: configuration.learnsFromSamples)
        var dev = try sets.data(sets.devManifest(), "dev", keepsSamples: false)
        dataFingerprint = train.fingerprint
        if ranks.isFirst { try ranks.meet() }

        // 3. What it decides of the model: the vocabulary, and the statistics that features are normalised with. Where training
        // begins with another model, its vocabulary is extended, and its statistics are kept.
        let vocabulary = try Self.vocabulary(configuration, texts: train.texts, initial)
        let normalization = try initial?.featureNormalization ?? sets.normalization(train)
        train.featureNormalization = normalization
        dev.featureNormalization = normalization
        // What decoding the files took goes back to the system: as much as the audio itself.
        FreedMemory.giveBack()

        // 4. The model with its first values.
        model = try SpeechModel(
            .init(
                model: configuration.model, featureNormalization: normalization,
                alignmentHeads: initial?.alignmentHeads),
            vocabulary: vocabulary)
        let parameters = model.network.parameters
        try configuration.checkMemory(parameters, threadCount: workers.threadCount)
        parameters.initialize(seed: configuration.seed)
        let transfer = initial?.copyWeights(into: model)
        rules = try LearningRules(
            configuration, in: model.network, alwaysFrozen: initial?.alwaysFrozen ?? [],
            newCharacterCount: transfer?.newCharacters.count ?? 0)
        initialFingerprint = initial?.model.fingerprint
        let report = PreparationReport(configuration: configuration, workers: workers, observer: observer)
        report.reportModel(model, rules, initial, transfer)

        // 5. The batches.
        let tokenizer = try configuration.labelTokenizer(model)
        // Whisper has learned from stretches of 30 s alone.
        let paddedFrameCount = model.whisper == nil ? nil : configuration.model.longestFrameCount
        trainLoader = DataLoader(
            train, tokenizer: tokenizer, paddedFrameCount: paddedFrameCount, weights: weights,
            joining: configuration.joining(startCount: tokenizer.startSequence.count),
            augmentation: .init(
                changes: changes, frontend: try LogMelSpectrogram(configuration: frontend), normalization: normalization
            ))
        devLoader = DataLoader(dev, tokenizer: tokenizer, paddedFrameCount: paddedFrameCount)
        try Self.checkLengths(devLoader)
        try Self.checkTokenCounts(trainLoader, configuration.model)
        sampler = Self.sampler(trainLoader, configuration)

        // 6. What will not be learned, or not well.
        exclusions = report.reportExclusions(sampler, trainLoader)
        report.reportTooFast(sampler, trainLoader)
        learned = LearnedData(
            trainLoader, sampler, frontend, before: initial?.model.description.training)
        if let characters = model.characters {
            report.reportLongDev(devLoader, learned)
            report.reportUnknownCharacters(characters, in: train.texts, "train")
            report.reportUnknownCharacters(characters, in: dev.texts, "dev")
        }
        report.reportMemory(store, byteCount: train.byteCount + dev.byteCount)
        let batches = sampler.batches(epoch: 0)
        guard !batches.isEmpty else {
            throw TrainingError("no utterance can be learned from: see the reasons above, and asr data check")
        }
        batchCount = batches.count
        report.reportThreads(batches)
    }

    /// The characters of the training texts; behind those of the initial model, if there is one; all or some tokens of a model that has pieces of
    /// words.
    ///
    /// - Throws: `TrainingError` where none is left.
    private static func vocabulary(
        _ configuration: TrainingConfiguration, texts: [String], _ initial: InitialModel?
    ) throws -> ModelVocabulary {
        let minimumCount = configuration.data.minimumCharacterCount
        let vocabulary =
            try initial?.vocabulary(
                texts: texts, minimumCount: minimumCount, configuration.initialization,
                configuration.model.labelNormalizer)
            ?? .characters(Vocabulary(texts: texts, minimumCount: minimumCount))
        if case .characters(let characters) = vocabulary, characters.characters.isEmpty {
            throw TrainingError(
                "no character occurs \(minimumCount) times in the training text; lower "
                    + "data.minimumCharacterCount")
        }
        return vocabulary
    }

    /// Refuses texts that are longer than the decoder's learned positions.
    private static func checkTokenCounts(_ loader: DataLoader, _ model: ModelConfiguration) throws {
        guard let longest = model.longestTokenCount else { return }
        let start = loader.tokenizer.startSequence.count
        for index in loader.draws.indices where loader.draws[index].isFirst {
            let count = loader.label(index).count
            if start + count <= longest { continue }
            let utterance = loader.data.utterances[loader.draws[index].utterances.lowerBound]
            throw TrainingError(
                "\(utterance.source): \(utterance.id) has a text of \(count) tokens, but model.decoder.positionCount "
                    + "\(longest) is enough for only \(longest - start); leave the utterance out"
                    + (loader.paddedFrameCount == nil ? ", or raise it" : ""))
        }
    }

    /// Refuses utterances that a Whisper model cannot hear as a whole.
    private static func checkLengths(_ dev: DataLoader) throws {
        guard let longest = dev.paddedFrameCount,
            let index = dev.data.frameCounts.firstIndex(where: { $0 > longest })
        else { return }
        let (utterance, hop) = (dev.data.utterances[index], dev.data.hopInSeconds)
        throw TrainingError(
            "\(utterance.source): \(utterance.id) of the dev data lasts \((Double(dev.data.frameCounts[index]) * hop * 10).rounded() / 10) s; a "
                + "Whisper model hears at most \((Double(longest) * hop).rounded()) s at once: cut it, or leave it out")
    }

    /// Batches of the training utterances that are neither too long nor too short, nor too short for their text.
    private static func sampler(_ loader: DataLoader, _ configuration: TrainingConfiguration) -> BatchSampler {
        let lengths = loader.draws.indices.map { index in
            BatchSampler.Length(
                frameCount: loader.frameCount(index),
                requiredFrameCount: configuration.requiredFrameCount(loader.label(index)),
                weight: loader.draws[index].weight)
        }
        return BatchSampler(
            lengths: lengths, configuration: configuration.batches, leastFrameCount: loader.paddedFrameCount ?? 0,
            seed: configuration.seed)
    }
}

extension TrainingConfiguration {
    /// Whether recordings are kept as samples, whose features are computed anew in each epoch.
    fileprivate var learnsFromSamples: Bool { augmentation.changesWaveform || batches.joinedShare > 0 }

    /// How utterances are joined, of which each can be learned from; nil: they come one by one.
    ///
    /// - Parameter startCount: tokens of the start sequence.
    fileprivate func joining(startCount: Int) -> DataLoader.Joining? {
        guard batches.joinedShare > 0 else { return nil }
        let longestLabel = (model.longestTokenCount ?? .max) - startCount
        return DataLoader.Joining(
            share: batches.joinedShare, separator: WhisperLanguage.hasSpaces(model.language) ? " " : ""
        ) { frameCount, label in
            let length = BatchSampler.Length(
                frameCount: frameCount, requiredFrameCount: requiredFrameCount(label))
            return batches.reasonToExclude(length) == nil && label.count <= longestLabel
        }
    }

    /// What makes the labels: the tokens of the model, with language and timestamps of a Whisper model.
    ///
    /// - Throws: `TrainingError` where the language is not said, or is none that the model knows.
    fileprivate func labelTokenizer(_ model: SpeechModel) throws -> any Tokenizer {
        guard let whisper = model.whisper else {
            if data.timestamps {
                throw TrainingError(
                    "data.timestamps is true, but only a Whisper model writes timestamps; leave the key out, or begin with one "
                        + "(--init)")
            }
            return model.tokenizer
        }
        let name = self.model.language
        guard let language = WhisperLanguage(name) else {
            throw TrainingError(
                name.isEmpty
                    ? "model.language is empty, but the model is told what language it hears; set it to that of the labels, such as "
                        + "--set model.language=de"
                    : "model.language is \(name), which is no language of Whisper's; name it by its code, such as de")
        }
        do {
            return try whisper.asking(for: .transcribe, in: language, timestamps: data.timestamps)
        } catch {
            throw TrainingError("model.language is \(name): \(error)")
        }
    }

    /// The frames that CTC needs for a label: a position for each token, and one between equal ones.
    func requiredFrameCount(_ label: [Int]) -> Int {
        if loss.ctcWeight == 0 { return 1 }
        let repetitions = zip(label, label.dropFirst()).count { $0 == $1 }
        return max(1, model.subsamplingFactor * (label.count + repetitions - 1) + 1)
    }

    /// Refuses a model that cannot fit: parameters, their average if one is kept, and of what learns two moments and a gradient for each
    /// thread, in float32. Where adapters learn, their merging takes another copy.
    fileprivate func checkMemory(_ store: ParameterStore, threadCount: Int) throws {
        let hasAdapters = model.transformer.adapterRank > 0
        let learned =
            !hasAdapters
            ? store.flatCount
            : store.parameters.filter { AdapterNames.isAdapter($0.name) }.reduce(0) { $0 + $1.count }
        let copyCount = 1 + (optimizer.averageDecay > 0 ? 1 : 0) + (hasAdapters ? 1 : 0)
        let needed = 4 * (Double(store.flatCount) * Double(copyCount) + Double(learned) * Double(2 + threadCount))
        try MachineMemory.require(
            needed, toTrain: "\(store.parameterCount) parameters",
            remedy: "choose a smaller model (model.transformer.modelDimension, layer counts) or fewer --threads")
    }
}
