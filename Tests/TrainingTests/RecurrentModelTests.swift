import Audio
import Autograd
import FoundationEssentials
import Models
import NeuralNetwork
import Numerics
import Recognition
import Tensors
import TestSupport
import Testing
import Training

/// Models with recurrent networks in place of Transformers: the same training, search and files.
@Suite struct RecurrentModelTests {
    /// The parts that are recurrent.
    enum Network: String, CaseIterable, Sendable { case both, encoder, decoder }

    private func change(_ model: inout ModelConfiguration, _ network: Network) {
        if network != .decoder {
            model.encoder.layer = .lstm
            model.encoderLayerCount = 2
            model.encoder.pyramidLayerCount = 1
            model.subsamplingStrides = [2, 1]
        }
        if network != .encoder { model.decoder.layer = .lstm }
    }

    private func model(_ network: Network, seed: UInt64 = 1, dropout: Float = 0) throws -> SpeechModel {
        var configuration = TinyModel.configuration()
        change(&configuration, network)
        configuration.transformer.dropout = dropout
        if network == .both { configuration.transformer.headCount = 1 }
        let model = try SpeechModel(
            .init(model: configuration, featureNormalization: .none), vocabulary: TinyModel.vocabulary)
        model.network.parameters.initialize(seed: seed)
        return model
    }

    /// Both losses, and that of CTC on an earlier layer, which has more positions, through the whole network.
    @Test(arguments: Network.allCases) func finiteDifferences(network: Network) throws {
        expectGradients(of: try model(network).network, intermediateCTCLayers: [1])
    }

    /// An utterance is learned by heart: greedy search and the beam then write it.
    @Test(arguments: Network.allCases) func learnsOneUtterance(network: Network) throws {
        let model = try model(network)
        let features = TinyModel.features(frameCounts: [40])
        let batch = TinyModel.batch(features, texts: ["abcab"])
        let gradients = ParameterGradients(for: model.network.parameters)
        var settings = AdamWConfiguration()
        settings.weightDecay = 0
        let optimizer = AdamW(model.network.parameters, configuration: settings)
        let workers = WorkerPool(threadCount: 1)
        for _ in 0..<200 {
            gradients.reset()
            let tape = Tape(gradients: gradients)
            _ = model.network.loss(batch, tape: tape, tokenCount: 6, LossConfiguration())
            tape.backward()
            optimizer.update(gradients, norm: 1, learningRate: 0.01, workers: workers)
        }
        for beamSize in [1, 4] {
            var options = TranscriptionOptions()
            options.beamSize = beamSize
            options.addsWordTimes = true
            let transcriber = Transcriber(model: model, options: options)
            let hypothesis = try transcriber.hypothesis(for: features[0])
            #expect(model.tokenizer.text(of: hypothesis.tokens) == "abcab", "beam \(beamSize)")
        }
    }

    /// What was written to a folder transcribes as what wrote it, in every precision.
    @Test(arguments: Network.allCases) func aFolderGivesTheSameModel(network: Network) throws {
        let model = try model(network, seed: 5)
        let folder = try TemporaryFolder()
        for (name, content) in try model.files() { try content.write(to: URL(filePath: "\(folder.path)/\(name)")) }
        let copy = try SpeechModel(directory: folder.path)
        #expect(copy.fingerprint == model.fingerprint)
        let features = TinyModel.features(frameCounts: [60])[0]
        for precision in InferencePrecision.allCases where precision.elementType.isSupported {
            var options = TranscriptionOptions()
            options.precision = precision
            let hypotheses = try [model, copy].map {
                try Transcriber(model: $0, options: options).hypothesis(for: features)
            }
            #expect(hypotheses[0].tokens == hypotheses[1].tokens, "\(precision)")
            expectClose(
                [Float(hypotheses[0].logProbability)], [Float(hypotheses[1].logProbability)],
                absolute: precision == .int8 ? 0.05 : 1e-4)
        }
    }

    /// One layer and one head attend, for pictures and for the times of words.
    @Test func alignments() throws {
        let model = try model(.decoder)
        let features = TinyModel.features(frameCounts: [40])[0]
        let alignments = model.network.attentionAlignments(
            features: features, label: TinyModel.vocabulary.tokens(of: "abc"), tokenizer: TinyModel.vocabulary)
        #expect(alignments.count == 1)
        #expect(alignments[0].tokenCount == 4 && alignments[0].positionCount == 10)
        #expect(model.description.wordTimeHeads == [[0, 0]])
        var description = model.description
        description.alignmentHeads = [[1, 0]]
        #expect(throws: ModelError("alignmentHeads has [1, 0]; expected [layer, head], below 1 and 1")) {
            _ = try SpeechModel(description, vocabulary: TinyModel.vocabulary)
        }
    }

    /// The whole state is the same file for any number of threads, and after an interruption.
    @Test(arguments: ComputationPrecision.allCases.filter { $0.elementType.isSupported })
    func trainsWithTheSameBits(precision: ComputationPrecision) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        change(&configuration.model, .both)
        configuration.model.transformer.headCount = 1
        configuration.precision = precision
        configuration.optimizer.averageDecay = 0.9
        configuration.loss.scheduledSampling = 0.5
        let one = try corpus.train(configuration, "one", threads: 1)
        #expect(one.outcome == .finished)
        #expect(try corpus.train(configuration, "three", threads: 3).checkpoint == one.checkpoint)
        let stopped = try corpus.train(configuration, "stopped", stepLimit: 3)
        #expect(stopped.outcome == .interrupted)
        #expect(try corpus.train(configuration, "stopped", resume: true).checkpoint == one.checkpoint)
    }
}
