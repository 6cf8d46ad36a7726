import FoundationEssentials
import Recognition
import Synchronization
import Testing
import Training

/// Words of made-up speech: each letter is a tone of its own.
private struct ToneCorpus {
    let folder: TemporaryFolder
    let train: String
    let dev: String

    init() throws {
        folder = try TemporaryFolder()
        let words = ["a", "b", "c", "ab", "bc", "ca", "abc", "cab"]
        var lines: [String] = []
        for (index, word) in (words + words).enumerated() {
            var samples: [Float] = []
            for letter in word.utf8 {
                let frequency = Float(300 * (Int(letter) - 96)) + Float(index)
                for sample in 0..<3_200 {  // 0.2 s
                    samples.append(0.3 * sine(2 * .pi * frequency * Float(sample) / 16_000))
                }
            }
            let name = "\(index).wav"
            try folder.write(name, bytes: waveFileBytes(samples: samples, sampleRate: 16_000))
            lines.append(#"{"audio_filepath": "\#(folder.path)/\#(name)", "text": "\#(word)"}"#)
        }
        train = try folder.write("train.jsonl", lines.joined(separator: "\n") + "\n")
        dev = try folder.write("dev.jsonl", lines.prefix(8).joined(separator: "\n") + "\n")
    }

    func configuration() -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        configuration.data.train = [train]
        configuration.data.dev = [dev]
        configuration.model.encoderLayerCount = 1
        configuration.model.decoderLayerCount = 1
        configuration.model.transformer.modelDimension = 32
        configuration.model.transformer.headCount = 2
        configuration.model.transformer.feedForwardDimension = 64
        configuration.batches.maximumFramesPerBatch = 250
        configuration.batches.maximumFramesPerMicroBatch = 60
        configuration.batches.minimumFrameCount = 5
        configuration.schedule.warmupSteps = 20
        configuration.schedule.peakLearningRate = 0.01
        configuration.stopping.epochs = 2
        return configuration
    }

    /// Trains, stopping after `stepLimit` steps, and returns the bytes of the checkpoint.
    func train(
        _ configuration: TrainingConfiguration, _ name: String, threads: Int = 2, stepLimit: Int = .max,
        resume: Bool = false
    ) throws -> (outcome: Trainer.Outcome, checkpoint: Data) {
        let steps = Atomic<Int>(0)
        let output = "\(folder.path)/\(name)"
        let trainer = Trainer(
            configuration, output: output, threadCount: threads,
            observer: { event in
                if case .step = event { steps.add(1, ordering: .relaxed) }
            }, shouldStop: { steps.load(ordering: .relaxed) >= stepLimit })
        let outcome = try trainer.run(resume: resume)
        return (outcome, try Data(contentsOf: URL(filePath: "\(output)/checkpoint.safetensors")))
    }
}

private func sine(_ angle: Float) -> Float {
    // Bhaskara's approximation is sound enough for a tone: it only has to be periodic.
    let turn = angle / (2 * .pi)
    let phase = (turn - turn.rounded(.down)) * 2 * .pi
    let x = phase < .pi ? phase : phase - .pi
    let value = 16 * x * (.pi - x) / (5 * .pi * .pi - 4 * x * (.pi - x))
    return phase < .pi ? value : -value
}

@Suite struct TrainerTests {
    /// The whole state, weights and moments, is the same file for any number of threads.
    @Test(arguments: ComputationPrecision.allCases.filter { $0.elementType.isSupported })
    func theSameBitsForAnyNumberOfThreads(precision: ComputationPrecision) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.precision = precision
        configuration.augmentation.speedFactors = [0.9, 1, 1.1]
        configuration.augmentation.specAugment.timeMaskCount = 1
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
        let whole = try corpus.train(corpus.configuration(), "whole")
        for step in [1, 3, 4, 5] {
            let name = "stopped\(step)"
            let stopped = try corpus.train(corpus.configuration(), name, stepLimit: step)
            #expect(stopped.outcome == .interrupted)
            let resumed = try corpus.train(corpus.configuration(), name, threads: 1, resume: true)
            #expect(resumed.outcome == .finished)
            #expect(resumed.checkpoint == whole.checkpoint, "after step \(step)")
        }
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
