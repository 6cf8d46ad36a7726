import Autograd
import Datasets
import FoundationEssentials
import Models
import Tensors
import TestSupport
import Testing
import Text
import Training

/// Learning on with a Whisper model. The losses of real ones are compared with PyTorch's by scripts/golden/whisper_training.py.
@Suite struct WhisperTrainingTests {
    private let corpus: ToneCorpus
    private let initialPath: String
    private let initial: SpeechModel

    init() throws {
        corpus = try ToneCorpus()
        initialPath = "\(corpus.folder.path)/initial"
        try TinyWhisper.writeModel(to: initialPath)
        initial = try SpeechModel(directory: initialPath)
    }

    private func configuration(_ overrides: String..., from path: String? = nil) throws -> TrainingConfiguration {
        var configuration = try TrainingConfiguration.load(
            path: nil, overrides: overrides, initialModel: path ?? initialPath)
        configuration.data.train = [DataSource(path: corpus.train)]
        configuration.data.dev = [corpus.dev]
        configuration.batches.minimumFrameCount = 5
        if configuration.model.hasCTCOutput { configuration.batches.maximumFramesPerBatch = 250 }
        configuration.evaluation.maximumUtterances = 2
        configuration.stopping.epochs = 1
        return configuration
    }

    /// The parameters of a checkpoint, by name; the model of the folder may still be the initial one.
    private func learned(_ name: String, as model: SpeechModel) throws -> [String: [Float]] {
        let store = model.network.parameters
        let flat = Tensor(zeros: [store.flatCount])
        try SafeTensors(path: "\(corpus.folder.path)/\(name)/checkpoint.safetensors").read("parameters", into: flat)
        let values = flat.values
        return store.parameters.reduce(into: [:]) {
            $0[$1.name] = Array(values[$1.offset..<$1.offset + $1.count])
        }
    }

    @Test func withoutALearningRateNothingChanges() throws {
        let configuration = try configuration("schedule.peakLearningRate=0")
        #expect(configuration.model == initial.configuration)
        _ = try corpus.train(configuration, "same")
        let same = try SpeechModel(directory: "\(corpus.folder.path)/same")
        #expect(same.fingerprint == initial.fingerprint)
        #expect(same.vocabulary == initial.vocabulary)
        #expect(same.description.alignmentHeads == [[0, 1]])
    }

    /// All but the encoder's positions, which are sines in a real model, and the biases of keys, which change no attention.
    @Test func everythingElseLearns() throws {
        let configuration = try configuration("schedule.peakLearningRate=0.01", "schedule.warmupSteps=1")
        _ = try corpus.train(configuration, "tuned", stepLimit: 1)
        let learned = try learned("tuned", as: initial)
        for parameter in initial.network.parameters.parameters {
            #expect(
                (learned[parameter.name] == parameter.value.values) == (parameter.name == "encoder.positions"),
                "\(parameter.name)")
        }
    }

    @Test(arguments: [false, true]) func theLossFalls(timestamps: Bool) throws {
        var configuration = try configuration(
            "schedule.peakLearningRate=0.02", "schedule.warmupSteps=5", "data.timestamps=\(timestamps)")
        configuration.stopping.epochs = 15
        configuration.stopping.evaluationInterval = 15
        _ = try corpus.train(configuration, "tuned")
        let losses = try MetricsLog.lines(path: "\(corpus.folder.path)/tuned/metrics.jsonl").compactMap { line in
            if case .step(let metrics) = line { metrics.loss } else { nil }
        }
        // ln 1769 = 7.5 nats at first; there are four ends, three letters and a space.
        #expect(losses.count == 15 && losses[0] > 6)
        #expect(losses[14] < 3, "\(losses)")
    }

    @Test func resumedOnAnyThreadsItIsTheSame() throws {
        let configuration = try configuration(
            "schedule.peakLearningRate=0.01", "batches.maximumFramesPerBatch=12000",
            "batches.maximumFramesPerMicroBatch=6000")
        let whole = try corpus.train(configuration, "whole", threads: 1)
        #expect(try corpus.train(configuration, "parts", threads: 2, stepLimit: 2).outcome == .interrupted)
        #expect(try corpus.train(configuration, "parts", threads: 2, resume: true).checkpoint == whole.checkpoint)
    }

    @Test func frozenAtFirstPartsLearnLater() throws {
        let configuration = try configuration(
            "schedule.peakLearningRate=0.01", "schedule.warmupSteps=1", "initialization.frozen=[subsampling, encoder]",
            "initialization.frozenSteps=2", "batches.maximumFramesPerBatch=12000")
        func hasMoved(_ name: String) throws -> Bool {
            let values = initial.network.parameters.parameters.first { $0.name == "subsampling.0.weight" }!.value
            return try learned(name, as: initial)["subsampling.0.weight"] != values.values
        }
        _ = try corpus.train(configuration, "two", stepLimit: 2)
        #expect(try !hasMoved("two"))
        #expect(try learned("two", as: initial)["decoder.final_norm.scale"]?.allSatisfy { $0 == 1 } == false)
        _ = try corpus.train(configuration, "three", stepLimit: 3)
        #expect(try hasMoved("three"))
        // Interrupted on either side of the second step, it goes on the same way.
        _ = try corpus.train(configuration, "one", stepLimit: 1)
        let resumed = try corpus.train(configuration, "one", resume: true)
        #expect(try corpus.train(configuration, "two", resume: true).checkpoint == resumed.checkpoint)
        #expect(try corpus.train(configuration, "whole").checkpoint == resumed.checkpoint)
    }

    /// After one step of Adam, whose size is the rate whatever the gradient is.
    @Test func partsLearnAtTheirRates() throws {
        func step(_ overrides: String...) throws -> [String: [Float]] {
            var configuration = try configuration("schedule.peakLearningRate=0.001", "schedule.warmupSteps=1")
            for text in overrides { configuration.optimizer.rateFactors[text] = 0.5 }
            configuration.optimizer.weightDecay = 0
            let name = overrides.isEmpty ? "full" : "half"
            _ = try corpus.train(configuration, name, stepLimit: 1)
            return try learned(name, as: initial)
        }
        let (full, half) = (try step(), try step("encoder", "decoder.layers.0"))
        for parameter in initial.network.parameters.parameters {
            let start = parameter.value.values
            let factor: Float =
                parameter.name.hasPrefix("encoder.") || parameter.name.hasPrefix("decoder.layers.0.") ? 0.5 : 1
            for (index, value) in start.enumerated() {
                let (whole, part) = (full[parameter.name]![index] - value, half[parameter.name]![index] - value)
                #expect(abs(part - factor * whole) < 1e-6, "\(parameter.name)")
            }
        }
    }

    /// A new decoder of characters over the encoder.
    @Test func theEncoderCanBeTakenAlone() throws {
        let configuration = try configuration(
            "initialization.parts=[encoder]", "schedule.peakLearningRate=0", "model.decoderLayerCount=2")
        #expect(configuration.model.frontend == initial.configuration.frontend)
        #expect(configuration.model.decoder == ModelConfiguration().decoder)
        #expect(configuration.model.hasCTCOutput && configuration.model.transformer.dropout == 0)
        #expect(configuration.model.transformer.modelDimension == 16)
        let messages = try corpus.messages(configuration, "tuned", threads: 1)
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.characters?.characters == ["a", "b", "c"])
        let before = Dictionary(
            uniqueKeysWithValues: initial.network.parameters.parameters.map { ($0.name, $0.value.values) })
        var copiedCount = 0
        for parameter in tuned.network.parameters.parameters {
            let isTaken = parameter.name.hasPrefix("encoder.") || parameter.name.hasPrefix("subsampling.")
            copiedCount += isTaken ? parameter.count : 0
            if isTaken { #expect(parameter.value.values == before[parameter.name], "\(parameter.name)") }
        }
        #expect(copiedCount > 24_000)
        #expect(
            messages.contains(
                "begins with \(initialPath); of it the encoder (\(copiedCount) parameters); all else has random weights"
            ))
    }

    /// A recurrent decoder attends to what Whisper's encoder heard; a Whisper model itself has none.
    @Test func theEncoderServesAnLSTM() throws {
        let configuration = try configuration(
            "initialization.parts=[encoder]", "model.decoder.layer=lstm", "model.decoderLayerCount=2")
        _ = try corpus.train(configuration, "tuned", threads: 1)
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.configuration.encoder == initial.configuration.encoder)
        #expect(tuned.network.parameters.parameters.contains { $0.name == "decoder.attention.energy.weight" })
        var description = initial.description
        description.alignmentHeads = nil
        description.model.decoder.layer = .lstm
        description.model.decoder.positions = .sinusoidal
        let error = #expect(throws: ModelError.self) { try SpeechModel(description, vocabulary: initial.vocabulary) }
        #expect(error?.description.contains("model.decoder.layer is lstm, but a Whisper model has no LSTM") == true)
    }

    @Test func theLayersOfTheDecoderCanBeTakenToo() throws {
        let configuration = try configuration(
            "initialization.parts=[encoder, decoder]", "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.characters?.characters == ["a", "b", "c"])
        let before = Dictionary(
            uniqueKeysWithValues: initial.network.parameters.parameters.map { ($0.name, $0.value.values) })
        for parameter in tuned.network.parameters.parameters {
            let isOfTokens = tuned.network.tokenParameters.contains { $0.name == parameter.name }
            #expect((parameter.value.values == before[parameter.name]) == !isOfTokens, "\(parameter.name)")
        }
        // The rows of the new characters have the mean and the deviation of the old rows, feature by feature.
        func statistics(_ model: SpeechModel) throws -> [Float] {
            let rows = try #require(
                model.network.parameters.parameters.first { $0.name == "decoder.embedding.weight" })
            let (count, width) = (rows.shape[0], rows.shape[1])
            return (0..<width).flatMap { column -> [Float] in
                let values = (0..<count).map { rows.value.floats[$0 * width + column] }
                let mean = values.reduce(0, +) / Float(count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count)
                return [mean, variance.squareRoot()]
            }
        }
        expectClose(try statistics(tuned), try statistics(initial), absolute: 1e-5)
    }

    /// Text that nobody has labelled gives tokens too.
    @Test func textGivesTokensToo() throws {
        let path = "\(corpus.folder.path)/pieces"
        let token = Array("xy".utf8)
        try TinyWhisper.writeModel(to: path, pieces: [token])
        let text = "\(corpus.folder.path)/more.txt"
        try "xy\n".write(toFile: text, atomically: true, encoding: .utf8)
        func configured(_ minimum: Int, _ texts: [String]) throws -> TrainingConfiguration {
            try configuration(
                "initialization.parts=[encoder, decoder]", "initialization.minimumTokenCount=\(minimum)",
                "initialization.vocabularyText=\(texts)", "schedule.peakLearningRate=0", from: path)
        }
        func tokens(_ texts: [String], _ name: String) throws -> Set<[UInt8]> {
            _ = try corpus.train(try configured(1, texts), name)
            let vocabulary = try SpeechModel(directory: "\(corpus.folder.path)/\(name)").vocabulary
            let pieces = try #require(vocabulary.bytePairs)
            return Set((0..<pieces.ordinaryCount).map { Array(pieces.bytes(of: $0)) })
        }
        let (without, with) = (try tokens([], "without"), try tokens([text], "with"))
        #expect(!without.contains(token) && with.contains(token) && with.isSuperset(of: without))
        #expect(throws: TrainingError.self) { try corpus.train(try configured(0, [text]), "refused") }
    }

    /// With the tokens that the texts have, and their embeddings.
    @Test func frequentTokensCanBeTakenToo() throws {
        let configuration = try configuration(
            "initialization.parts=[encoder, decoder]", "initialization.minimumTokenCount=1",
            "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        let known = try #require(initial.vocabulary.bytePairs)
        let vocabulary = try #require(tuned.vocabulary.bytePairs)
        #expect(vocabulary.ordinaryCount <= known.ordinaryCount && tuned.whisper == nil)
        func row(_ model: SpeechModel, _ token: Int) throws -> [Float] {
            let parameter = model.network.parameters.parameters.first { $0.name == "decoder.embedding.weight" }
            let embedding = try #require(parameter).value
            return Array(embedding.values[token * embedding.columnCount..<(token + 1) * embedding.columnCount])
        }
        for token in 0..<vocabulary.ordinaryCount {
            let place = try #require(known.token(of: vocabulary.bytes(of: token)))
            #expect(try row(tuned, token) == row(initial, place))
        }
        #expect(try row(tuned, tuned.tokenizer.endOfSentence) == row(initial, initial.tokenizer.endOfSentence))
        let (start, before) = (tuned.tokenizer.startSequence, initial.tokenizer.startSequence)
        #expect(start.count == 2 && before.count == 2)
        for (token, source) in zip(start, before) { #expect(try row(tuned, token) == row(initial, source)) }
        // The whole model can be learned from in turn: it keeps its tokens.
        var again = try self.configuration("schedule.peakLearningRate=0", from: "\(corpus.folder.path)/tuned")
        again.stopping.epochs = 1
        _ = try corpus.train(again, "again")
        let same = try SpeechModel(directory: "\(corpus.folder.path)/again")
        #expect(same.fingerprint == tuned.fingerprint)
    }

    /// In 8 bits the positions of Whisper's layers are rounded in a model of one's own alone: to at most 1/127 of the largest of a block.
    @Test func positionsAreStoredInEightBits() throws {
        let configuration = try configuration("initialization.parts=[encoder, decoder]", "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        for (name, isRounded) in [("tuned", true), ("initial", false)] {
            let path = "\(corpus.folder.path)/\(name)"
            try ModelFolder.convert(path, to: .int8, output: "\(path)-int8")
            func positions(_ path: String) throws -> [Float] {
                let parameters = try SpeechModel(directory: path).network.parameters.parameters
                return try #require(parameters.first { $0.name == "decoder.positions" }).value.values
            }
            let (exact, stored) = (try positions(path), try positions("\(path)-int8"))
            #expect((exact != stored) == isRounded)
            let largest = exact.map(abs).max()!
            #expect(zip(exact, stored).allSatisfy { abs($0 - $1) <= largest / 127 })
        }
    }

    @Test func tokensAreChosenFromAWhisperModelAlone() throws {
        var configuration = corpus.configuration()
        configuration.initialization.minimumTokenCount = 2
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.contains("leave the key out") == true)
    }

    /// Adapters alone learn, and the model that is written has none: what they learned is in its weights.
    @Test func adaptersLearnInPlaceOfTheWeights() throws {
        let configuration = try configuration(
            "schedule.peakLearningRate=0.03", "schedule.warmupSteps=1", "model.transformer.adapterRank=2",
            "optimizer.weightDecay=0", "stopping.epochs=4")
        var long = configuration
        long.stopping.epochs = 12
        long.stopping.evaluationInterval = 12
        let whole = try corpus.train(long, "tuned")
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.configuration == initial.configuration)
        let losses = try MetricsLog.lines(path: "\(corpus.folder.path)/tuned/metrics.jsonl").compactMap { line in
            if case .step(let metrics) = line { metrics.loss } else { nil }
        }
        #expect(losses.count == 12 && losses[11] < losses[0] - 1, "\(losses)")

        // The checkpoint has the model with adapters: all else in it is as it was.
        let adapted = try SpeechModel(
            .init(model: configuration.model, featureNormalization: .none), vocabulary: initial.vocabulary)
        let learned = try learned("tuned", as: adapted)
        for parameter in initial.network.parameters.parameters {
            #expect(learned[parameter.name] == parameter.value.values, "\(parameter.name)")
        }
        let adapterNames = learned.keys.filter { $0.contains(".adapter.") }
        #expect(adapterNames.count == 2 * (2 + 2 + 3))  // of the encoder's and the decoder's attentions
        #expect(adapterNames.allSatisfy { learned[$0]!.contains { $0 != 0 } })

        let parts = try corpus.train(long, "parts", threads: 1, stepLimit: 5)
        #expect(parts.outcome == .interrupted)
        #expect(try corpus.train(long, "parts", resume: true).checkpoint == whole.checkpoint)
    }

    /// With weights W and an adapter A, B a linear map gives what W + B A gives.
    @Test func mergedAdaptersGiveTheSame() throws {
        var configuration = initial.configuration
        configuration.transformer.adapterRank = 3
        let adapted = try SpeechModel(
            .init(model: configuration, featureNormalization: .none), vocabulary: initial.vocabulary)
        adapted.network.parameters.initialize(seed: 5)
        for parameter in adapted.network.parameters.parameters where parameter.name.hasSuffix(".adapter.up") {
            let values = Tensor.random(parameter.shape, seed: 6)
            parameter.value.floats.update(from: values.floats, count: values.count)
        }
        let merged = try adapted.withoutAdapters()
        #expect(merged.configuration.transformer.adapterRank == 0)
        let batch = TrainingBatch(
            features: Tensor.random([1, 64, 16], seed: 7), frameCounts: [64], labels: [[97, 98]],
            tokenizer: initial.tokenizer)
        let losses = [adapted, merged].map {
            $0.network.loss(batch, tape: Tape(), tokenCount: 3, crossEntropyAlone).crossEntropy.loss
        }
        #expect(abs(losses[0] - losses[1]) < 1e-4 * losses[0])
    }

    private var crossEntropyAlone: LossConfiguration {
        var configuration = LossConfiguration()
        configuration.ctcWeight = 0
        return configuration
    }

    @Test func adaptersNeedAWholeModel() throws {
        var configuration = corpus.configuration()
        configuration.model.transformer.adapterRank = 4
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.contains("begin with a whole model (--init)") == true)
    }

    @Test(arguments: [
        ("initialization.keepsCharacters=false", "a model that does not write characters keeps all of its tokens"),
        ("loss.ctcWeight=0.3", "loss.ctcWeight is 0.3, but with model.hasCTCOutput false"),
        ("model.language=de", "model.language is de: vocabulary: the model knows English only"),
        ("model.language=xx", "model.language is xx, which is no language of Whisper's"),
        ("initialization.frozenSteps=5", "nothing is frozen; name it in initialization.frozen"),
        (
            "optimizer.rateFactors={encodr: 2}",
            "optimizer.rateFactors: no parameter has a name that begins with \"encodr\""
        ),
        ("optimizer.rateFactors={encoder: 0}", "optimizer.rateFactors.encoder is 0.0; it must be above 0"),
        ("batches.maximumFrameCount=4000", "model.encoder.positionCount 1500 is enough for only 3000 frames"),
    ])
    func contradictionsNameTheKey(setting: String, message: String) throws {
        let configuration = try configuration(setting)
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "tuned") }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func aModelOfManyLanguagesIsToldWhichOne() throws {
        let path = "\(corpus.folder.path)/multilingual"
        try TinyWhisper.writeModel(to: path, isMultilingual: true)
        let error = #expect(throws: TrainingError.self) {
            try corpus.train(try configuration(from: path), "tuned")
        }
        #expect(error?.description.hasPrefix("model.language is empty, but") == true)
        #expect(
            try corpus.train(configuration("model.language=zh", from: path), "tuned", stepLimit: 1).outcome
                == .interrupted)
    }

    @Test func charactersHaveNoTimestamps() throws {
        var configuration = corpus.configuration()
        configuration.data.timestamps = true
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.hasPrefix("data.timestamps is true, but only a Whisper model") == true)
        configuration = corpus.configuration()
        configuration.initialization.parts = [.encoder]
        let other = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(other?.description.hasPrefix("initialization.parts is [\"encoder\"], but no model is named") == true)
    }

    @Test func longDevUtterancesAreRefused() throws {
        var configuration = try configuration()
        let samples = [Float](repeating: 0.1, count: 31 * 16_000)
        try corpus.folder.write("long.wav", bytes: waveFile(samples, sampleRate: 16_000))
        configuration.data.dev = [
            try corpus.folder.write(
                "long.jsonl", #"{"audio_filepath": "\#(corpus.folder.path)/long.wav", "text": "a"}"# + "\n")
        ]
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(
            error?.description.contains("of the dev data lasts 31.0 s; a Whisper model hears at most 30.0 s") == true)
    }
}
