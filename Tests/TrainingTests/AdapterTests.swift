import Autograd
import Datasets
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Learning on with a Whisper model by adapters beside its weights.
@Suite struct AdapterTests {
    private let whisper: InitialWhisper
    private var corpus: ToneCorpus { whisper.corpus }
    private var initial: SpeechModel { whisper.model }

    init() throws { whisper = try InitialWhisper() }

    /// Adapters alone learn, and the model that is written has none: what they learned is in its weights.
    @Test func adaptersLearnInPlaceOfTheWeights() throws {
        let configuration = try whisper.configuration(
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
        let learned = try whisper.learned("tuned", as: adapted)
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
}
