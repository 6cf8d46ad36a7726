import Datasets
import FoundationEssentials
import Models
import Tensors
import TestSupport
import Testing
import Training

/// What a training learns, when it ends, and what changes none of its bits.
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
        // Six to eight micro-batches a step: from 16 threads on each has a thread of its own.
        for threads in [2, 3, 16, 64] {
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
        let written = try SpeechModel(directory: folder).network.parameters.values
        let checkpoint = try SafeTensors(path: "\(folder)/checkpoint.safetensors")
        let (weights, average) = (Tensor(zeros: written.shape), Tensor(zeros: written.shape))
        try checkpoint.read("parameters", into: weights)
        try checkpoint.read("average", into: average)
        #expect(written.values == average.values)
        #expect(written.values != weights.values)
        // Without an average the weights are the same: it looks on.
        configuration.optimizer.averageDecay = 0
        _ = try corpus.train(configuration, "plain")
        let plain = try SpeechModel(directory: "\(corpus.folder.path)/plain").network.parameters.values
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

    /// A rate of 0 changes nothing, so the first evaluation stays the best: patience ends after the third, and a resumed run has
    /// no more of it, until it is given more.
    @Test func stopsEarlyAndStaysStopped() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.schedule.peakLearningRate = 0
        configuration.stopping.epochs = 10
        configuration.stopping.patience = 2
        let stopped = try corpus.train(configuration, "model")
        #expect(stopped.outcome == .stoppedEarly)
        #expect(try corpus.evaluatedEpochs("model") == [1, 2, 3])
        #expect(try corpus.train(configuration, "model", resume: true).outcome == .stoppedEarly)
        #expect(try corpus.evaluatedEpochs("model") == [1, 2, 3])
        configuration.stopping.patience = 4
        #expect(try corpus.train(configuration, "model", resume: true).outcome == .stoppedEarly)
        #expect(try corpus.evaluatedEpochs("model") == [1, 2, 3, 4, 5])
    }

    /// A finished run goes on for three passes, and over the last two the rate falls linearly to where 0 would be the next step's.
    @Test func coolsDownOverTheLastPasses() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.schedule.kind = .constant
        configuration.schedule.peakLearningRate = 0.001
        configuration.schedule.warmupSteps = 0
        _ = try corpus.train(configuration, "model")
        configuration.stopping.epochs = 5
        configuration.stopping.cooldownEpochs = 2
        _ = try corpus.train(configuration, "model", resume: true)
        var rates: [Int: [Float]] = [:]
        for case .step(let step) in try MetricsLog.lines(path: "\(corpus.folder.path)/model/metrics.jsonl") {
            rates[step.epoch, default: []].append(step.learningRate)
        }
        let count = Float(try #require(rates[1]?.count))
        try #require(count >= 2)
        for epoch in 1...3 { #expect(rates[epoch] == Array(repeating: 0.001, count: Int(count))) }
        let falling = try #require(rates[4]) + #require(rates[5])
        expectClose(falling, (0..<Int(2 * count)).map { 0.001 * (1 - Float($0) / (2 * count)) }, relative: 1e-5)
    }

    /// A learning rate that makes the weights useless: every step after it is left out, counted and told, until training stops
    /// with the checkpoint from before.
    @Test func stopsAfterManyStepsThatAreNoNumbers() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.schedule.peakLearningRate = 1e30
        configuration.schedule.warmupSteps = 100_000
        configuration.stopping.epochs = 100
        configuration.stopping.evaluationInterval = 100
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(
            error?.description.contains("20 steps in a row had no finite gradient; the last good checkpoint") == true)
        let lines = try MetricsLog.lines(path: "\(corpus.folder.path)/model/metrics.jsonl")
        let skipped = lines.compactMap { line -> Int? in
            if case .step(let metrics) = line, metrics.wasSkipped == true { metrics.step } else { nil }
        }
        let alerts = lines.compactMap { line -> TrainingAlert? in
            if case .alert(let alert) = line { alert } else { nil }
        }
        let last = try #require(skipped.last)
        #expect(Array(skipped.suffix(20)) == Array(last - 19...last))
        #expect(alerts.map(\.step) == skipped)
        #expect(alerts.last?.message.contains("20 steps in a row") == true)
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

    /// With a cooldown the rate has to fall to its end: patience does not end the run, nor one that is resumed for a cooldown.
    @Test func aCooldownIsNotCutShort() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.schedule.peakLearningRate = 0
        configuration.stopping.epochs = 10
        configuration.stopping.patience = 1
        #expect(try corpus.train(configuration, "model").outcome == .stoppedEarly)
        configuration.stopping.epochs = 5
        configuration.stopping.cooldownEpochs = 2
        #expect(try corpus.train(configuration, "model", resume: true).outcome == .finished)
        #expect(try corpus.evaluatedEpochs("model") == [1, 2, 3, 4, 5])
    }
}
