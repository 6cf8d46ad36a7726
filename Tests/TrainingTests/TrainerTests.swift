import FoundationEssentials
import Recognition
import Tensors
import Testing
import Training

@Suite struct TrainerTests {
    /// The whole state, weights and moments, is the same file for any number of threads.
    @Test(arguments: ComputationPrecision.allCases.filter { $0.elementType.isSupported })
    func theSameBitsForAnyNumberOfThreads(precision: ComputationPrecision) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.precision = precision
        configuration.augmentation.speedFactors = [0.9, 1, 1.1]
        configuration.augmentation.specAugment.timeMaskCount = 1
        configuration.optimizer.averageDecay = 0.9
        configuration.loss.scheduledSampling = 0.5
        let one = try corpus.train(configuration, "one", threads: 1)
        #expect(one.outcome == .finished)
        for threads in [2, 3] {
            #expect(try corpus.train(configuration, "\(threads)", threads: threads).checkpoint == one.checkpoint)
        }
        configuration.seed = 2
        #expect(try corpus.train(configuration, "other").checkpoint != one.checkpoint)
    }

    /// Interrupted after any step and resumed, training ends with the same bits as without interruption.
    @Test func resumesWithTheSameBits() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.optimizer.averageDecay = 0.9
        let whole = try corpus.train(configuration, "whole")
        for step in [1, 3, 4, 5] {
            let name = "stopped\(step)"
            let stopped = try corpus.train(configuration, name, stepLimit: step)
            #expect(stopped.outcome == .interrupted)
            let resumed = try corpus.train(configuration, name, threads: 1, resume: true)
            #expect(resumed.outcome == .finished)
            #expect(resumed.checkpoint == whole.checkpoint, "after step \(step)")
        }
    }

    /// What is written is the average, bit for bit, not the weights that training goes on from.
    @Test func theAverageOfTheWeightsIsTheModel() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 1
        configuration.optimizer.averageDecay = 0.9
        _ = try corpus.train(configuration, "model")
        let folder = "\(corpus.folder.path)/model"
        let written = try SpeechModel(directory: folder).transformer.parameters.values
        let checkpoint = try SafeTensors(path: "\(folder)/checkpoint.safetensors")
        let (weights, average) = (Tensor(zeros: written.shape), Tensor(zeros: written.shape))
        try checkpoint.read("parameters", into: weights)
        try checkpoint.read("average", into: average)
        #expect(written.values == average.values)
        #expect(written.values != weights.values)
        // Without an average the weights are the same: it looks on.
        configuration.optimizer.averageDecay = 0
        _ = try corpus.train(configuration, "plain")
        let plain = try SpeechModel(directory: "\(corpus.folder.path)/plain").transformer.parameters.values
        #expect(plain.values == weights.values)
    }

    /// Learns the tones by heart, and the folder it leaves is a model that transcribes them.
    @Test func learnsWhatItIsTaught() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 60
        configuration.model.transformer.dropout = 0
        configuration.loss.labelSmoothing = 0
        _ = try corpus.train(configuration, "model")
        let model = try SpeechModel(directory: "\(corpus.folder.path)/model")
        let training = try #require(model.description.training)
        #expect(try #require(training.devCharacterErrorRate) < 0.1)
        #expect(training.utteranceCount == 16)
        let metrics = try String(
            decoding: Data(contentsOf: URL(filePath: "\(corpus.folder.path)/model/metrics.jsonl")), as: UTF8.self)
        #expect(metrics.split(separator: "\n").count > 60)
    }

    /// Noise is mixed in at the rate of the features, whatever that is, and is a function of the seed.
    @Test func addsNoiseAtTheRateOfTheFeatures() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.model.frontend.sampleRate = 8_000
        configuration.model.frontend.melBinCount = 40
        configuration.stopping.epochs = 1
        let quiet = try corpus.train(configuration, "quiet")
        configuration.augmentation.noise.probability = 1
        configuration.augmentation.noise.folder = corpus.folder.path
        let noisy = try corpus.train(configuration, "noisy", threads: 1)
        #expect(noisy.outcome == .finished)
        #expect(noisy.checkpoint != quiet.checkpoint)
        #expect(try corpus.train(configuration, "again", threads: 2).checkpoint == noisy.checkpoint)
    }

    @Test func refusesToOverwriteOrToMixConfigurations() throws {
        let corpus = try ToneCorpus()
        _ = try corpus.train(corpus.configuration(), "model", stepLimit: 1)
        #expect(throws: TrainingError.self) { try corpus.train(corpus.configuration(), "model") }
        var other = corpus.configuration()
        other.model.transformer.dropout = 0.2
        #expect(throws: TrainingError.self) { try corpus.train(other, "model", resume: true) }
    }

    @Test func aBrokenRecordingIsNamed() throws {
        let corpus = try ToneCorpus()
        try corpus.folder.write("3.wav", "this is no sound")
        let error = #expect(throws: TrainingError.self) { try corpus.train(corpus.configuration(), "model") }
        #expect(error?.description.contains("train.jsonl:4") == true)
        #expect(error?.description.contains("3.wav") == true)
    }
}
