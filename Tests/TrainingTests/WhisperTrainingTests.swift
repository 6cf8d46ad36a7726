import Datasets
import Models
import TestSupport
import Testing
import Training

/// Learning on with a Whisper model. The losses of real ones are compared with PyTorch's by scripts/golden/whisper_training.py.
@Suite struct WhisperTrainingTests {
    private let whisper: InitialWhisper
    private var corpus: ToneCorpus { whisper.corpus }
    private var initial: SpeechModel { whisper.model }

    init() throws { whisper = try InitialWhisper() }

    @Test func withoutALearningRateNothingChanges() throws {
        let configuration = try whisper.configuration("schedule.peakLearningRate=0")
        #expect(configuration.model == initial.configuration)
        _ = try corpus.train(configuration, "same")
        let same = try SpeechModel(directory: "\(corpus.folder.path)/same")
        #expect(same.fingerprint == initial.fingerprint)
        #expect(same.vocabulary == initial.vocabulary)
        #expect(same.description.alignmentHeads == [[0, 1]])
    }

    /// All but the encoder's positions, which are sines in a real model, and the biases of keys, which change no attention.
    @Test func everythingElseLearns() throws {
        let configuration = try whisper.configuration("schedule.peakLearningRate=0.01", "schedule.warmupSteps=1")
        _ = try corpus.train(configuration, "tuned", stepLimit: 1)
        let learned = try whisper.learned("tuned", as: initial)
        for parameter in initial.network.parameters.parameters {
            #expect(
                (learned[parameter.name] == parameter.value.values) == (parameter.name == "encoder.positions"),
                "\(parameter.name)")
        }
    }

    @Test(arguments: [false, true]) func theLossFalls(timestamps: Bool) throws {
        var configuration = try whisper.configuration(
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
        let configuration = try whisper.configuration(
            "schedule.peakLearningRate=0.01", "batches.maximumFramesPerBatch=12000",
            "batches.maximumFramesPerMicroBatch=6000")
        let whole = try corpus.train(configuration, "whole", threads: 1)
        #expect(try corpus.train(configuration, "parts", threads: 2, stepLimit: 2).outcome == .interrupted)
        #expect(try corpus.train(configuration, "parts", threads: 2, resume: true).checkpoint == whole.checkpoint)
    }

    @Test func frozenAtFirstPartsLearnLater() throws {
        let configuration = try whisper.configuration(
            "schedule.peakLearningRate=0.01", "schedule.warmupSteps=1", "initialization.frozen=[subsampling, encoder]",
            "initialization.frozenSteps=2", "batches.maximumFramesPerBatch=12000")
        func hasMoved(_ name: String) throws -> Bool {
            let values = initial.network.parameters.parameters.first { $0.name == "subsampling.0.weight" }!.value
            return try whisper.learned(name, as: initial)["subsampling.0.weight"] != values.values
        }
        _ = try corpus.train(configuration, "two", stepLimit: 2)
        #expect(try !hasMoved("two"))
        #expect(try whisper.learned("two", as: initial)["decoder.final_norm.scale"]?.allSatisfy { $0 == 1 } == false)
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
            var configuration = try whisper.configuration("schedule.peakLearningRate=0.001", "schedule.warmupSteps=1")
            for text in overrides { configuration.optimizer.rateFactors[text] = 0.5 }
            configuration.optimizer.weightDecay = 0
            let name = overrides.isEmpty ? "full" : "half"
            _ = try corpus.train(configuration, name, stepLimit: 1)
            return try whisper.learned(name, as: initial)
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
        let configuration = try whisper.configuration(setting)
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "tuned") }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test func aModelOfManyLanguagesIsToldWhichOne() throws {
        let path = "\(corpus.folder.path)/multilingual"
        try TinyWhisper.writeModel(to: path, isMultilingual: true)
        let error = #expect(throws: TrainingError.self) {
            try corpus.train(try whisper.configuration(from: path), "tuned")
        }
        #expect(error?.description.hasPrefix("model.language is empty, but") == true)
        #expect(
            try corpus.train(whisper.configuration("model.language=zh", from: path), "tuned", stepLimit: 1).outcome
                == .interrupted)
    }

    @Test func charactersHaveNoTimestamps() throws {
        var configuration = corpus.configuration()
        configuration.data.timestamps = true
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.hasPrefix("data.timestamps is true, but only a Whisper model") == true)
    }

    @Test func longDevUtterancesAreRefused() throws {
        var configuration = try whisper.configuration()
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
