import Audio
import Configuration
import Datasets
import Files
import FoundationEssentials
import Glibc
import Models
import Synchronization
import Tensors
import TestSupport
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
        // Six to eight micro-batches a step: from 16 threads on each has a thread of its own.
        for threads in [2, 3, 16, 64] {
            #expect(try corpus.train(configuration, "\(threads)", threads: threads).checkpoint == one.checkpoint)
        }
        configuration.seed = 2
        #expect(try corpus.train(configuration, "other").checkpoint != one.checkpoint)
    }

    /// The log says how many threads work, and what to set where a batch has too few micro-batches for them.
    @Test(arguments: [(2, "training on 2 threads"), (64, "of 64 threads: half of the batches have no more than ")])
    func tellsHowManyThreadsWork(threads: Int, expected: String) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 1
        let messages = try corpus.messages(configuration, "model", threads: threads)
        #expect(messages.contains { $0.contains(expected) }, "\(messages)")
        #expect(
            messages.contains { $0.contains("lower batches.maximumFramesPerMicroBatch (60)") } == (threads == 64))
    }

    /// A file from before every thread was used names the number of partial sums: it is read, and the log says that it is ignored.
    @Test func aRetiredSettingIsIgnoredWithALine() throws {
        let corpus = try ToneCorpus()
        let configuration = try YAMLConfiguration.load(
            corpus.configuration(), path: nil, overrides: ["gradientParts=7", "stopping.epochs=1"])
        let messages = try corpus.messages(configuration, "model", threads: 1)
        #expect(messages.contains { $0.hasPrefix("gradientParts is no longer a setting") })
        var plain = corpus.configuration()
        plain.stopping.epochs = 1
        let checkpoint = try corpus.train(plain, "plain").checkpoint
        #expect(try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/model/checkpoint.safetensors")) == checkpoint)
    }

    /// Stopped while steps are left out, the checkpoint is an earlier one, and the outcome says so.
    @Test func anInterruptionBetweenSkippedStepsIsNotSaved() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.schedule.peakLearningRate = 1e30
        configuration.schedule.warmupSteps = 100_000
        configuration.stopping.epochs = 100
        configuration.stopping.evaluationInterval = 100
        // One step an epoch: the first is good, and saved.
        configuration.batches.maximumFramesPerBatch = 100_000
        let skipped = Atomic<Int>(0)
        let trainer = Trainer(
            configuration, output: "\(corpus.folder.path)/model", threadCount: 1,
            observer: { event in
                if case .step(let report) = event, report.wasSkipped { skipped.add(1, ordering: .relaxed) }
            }, shouldStop: { skipped.load(ordering: .relaxed) >= 3 })
        #expect(try trainer.run(resume: false) == .interruptedBetweenSkippedSteps(count: 3))
    }

    /// Two runs in one folder: the second is refused and names the first, which goes on.
    @Test func aFolderBelongsToOneRun() throws {
        let corpus = try ToneCorpus()
        let folder = "\(corpus.folder.path)/model"
        let second = Mutex<(any Error)?>(nil)
        let isFirst = Atomic<Bool>(true)
        let trainer = Trainer(
            corpus.configuration(), output: folder, threadCount: 1,
            observer: { event in
                guard case .step = event, isFirst.exchange(false, ordering: .relaxed) else { return }
                do { _ = try corpus.train(corpus.configuration(), "model", resume: true) } catch {
                    second.withLock { $0 = error }
                }
            })
        #expect(try trainer.run(resume: false) == .finished)
        let error = try #require(second.withLock { $0 } as? FolderLockError)
        #expect(error.description.contains("in use by process \(getpid()) on "))
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/.lock"))
    }

    /// Killed while it replaced the model, at every place where that can happen: the folder never shows figures of other weights,
    /// and resuming puts it right.
    @Test func aModelIsReplacedAsAUnit() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        let names = ["model.safetensors", "README.md", "config.json", "vocabulary.json"]
        func files(_ name: String) throws -> [String: Data] {
            try names.reduce(into: [:]) {
                $0[$1] = try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/\(name)/\($1)"))
            }
        }
        configuration.stopping.epochs = 1
        _ = try corpus.train(configuration, "model")
        let old = try files("model")
        configuration.stopping.epochs = 8
        _ = try corpus.train(configuration, "model", resume: true)
        let new = try files("model")
        try #require(old["config.json"] != new["config.json"])
        let folder = "\(corpus.folder.path)/model"
        func write(_ content: Data?, _ name: String) throws {
            try content!.write(to: URL(filePath: "\(folder)/\(name)"))
        }
        // In the order in which they are renamed: the weights first.
        for renamed in 0...names.count {
            for (place, name) in names.enumerated() {
                try write(place < renamed ? new[name] : old[name], name)
                if place >= renamed { try write(new[name], name + ".new") }
            }
            let shown = try? SpeechModel(directory: folder)
            #expect((shown == nil) == (1...2).contains(renamed), "after \(renamed) files")
            _ = try corpus.train(configuration, "model", resume: true)
            #expect(try files("model") == (renamed == 0 ? old : new), "after \(renamed) files")
            for name in names { #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(name).new")) }
        }
        // A run that has nothing left to do does not say that all is well over a model that cannot be read.
        try write(Data("{".utf8), "config.json")
        #expect(throws: TrainingError.self) { try corpus.train(configuration, "model", resume: true) }
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

    /// 12 texts of 60 letters on 0.2 s: more lines than the log shows, all of them in a file, and none in the model's figures.
    @Test func whatIsNotLearnedFromIsListed() throws {
        let corpus = try ToneCorpus()
        let long = (0..<12).map {
            #"{"audio_filepath": "\#(corpus.folder.path)/0.wav", "id": "long\#($0)", "text": "\#(String(repeating: "ab", count: 30))"}"#
        }
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 1
        let path = try corpus.folder.write("long.jsonl", long.joined(separator: "\n") + "\n")
        configuration.data.train.append(DataSource(path: path))
        _ = try corpus.train(configuration, "model")
        let excluded = try String(
            decoding: Data(contentsOf: URL(filePath: "\(corpus.folder.path)/model/excluded.txt")), as: UTF8.self)
        #expect(excluded == (1...12).map { "\(path):\($0): too short for its text\n" }.joined())
        // 2 * (1 + 1 + 1 + 2 + 2 + 2 + 3 + 3) letters of 0.2 s; the longest utterances have three.
        let training = try SpeechModel(directory: "\(corpus.folder.path)/model").description.training
        #expect(training?.utteranceCount == 16)
        expectClose([Float(try #require(training?.hours))], [6 / 3_600], relative: 1e-5)
        expectClose([Float(try #require(training?.longestUtteranceInSeconds))], [0.6], relative: 1e-5)
        // CTC alone needs a position for each letter.
        configuration.loss.ctcWeight = 0
        configuration.evaluation.ctcWeight = 0
        _ = try corpus.train(configuration, "without")
        #expect(try SpeechModel(directory: "\(corpus.folder.path)/without").description.training?.utteranceCount == 28)
    }

    /// What the log says of texts that do not fit, or that the model will not be able to write.
    @Test func tellsWhatCannotBeLearned() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 1
        // 0.2 s are 20 frames, five positions: five different letters fit, but not at twice the speed.
        configuration.augmentation.speedFactors = [1, 2]
        let line = #"{"audio_filepath": "\#(corpus.folder.path)/0.wav", "text": "abcab"}"#
        configuration.data.train = [DataSource(path: try corpus.folder.write("fast.jsonl", line + "\n"))]
        let other = #"{"audio_filepath": "\#(corpus.folder.path)/0.wav", "text": "axby"}"#
        configuration.data.dev = [try corpus.folder.write("other.jsonl", other + "\n")]
        let texts = Mutex<[String]>([])
        let trainer = Trainer(
            configuration, output: "\(corpus.folder.path)/model", threadCount: 1,
            observer: { event in
                switch event {
                case .message(let text), .warning(let text): texts.withLock { $0.append(text) }
                default: break
                }
            })
        _ = try trainer.run(resume: false)
        let found = texts.withLock { $0 }
        #expect(
            found.contains(
                "at speed 2.0 CTC cannot learn from 1 of 1 utterances, which are then too short for their text; the decoder can"
            ))
        #expect(found.contains("dev: 1 of 1 texts have characters that the model will not know: x y"))
    }

    /// Samples are kept in half of the memory: those of 16 bits exactly, and what is louder than full scale is not cut off.
    @Test func keptSamplesAreThoseOfTheFile() throws {
        let folder = try TemporaryFolder()
        let samples: [Float] = [0, 1, -1, 3, 12_345, 32_767, -32_768].map { $0 / 32_768 }
        let loud: [Float] = [0.5, 3, -4]
        try folder.write("a.wav", bytes: waveFile(samples, sampleRate: 16_000))
        try folder.write("b.wav", bytes: waveFile(loud, sampleRate: 16_000, isFloat: true))
        let manifest = try folder.write(
            "m.jsonl",
            ["a", "b"].map { #"{"audio_filepath": "\#($0).wav", "text": "x"}"# }.joined(separator: "\n") + "\n")
        let data = try TrainingData(
            Manifest.load(path: manifest), frontend: FrontendConfiguration(), labelNormalizer: .words,
            keepsSamples: true,
            workers: WorkerPool(threadCount: 1))
        #expect(try data.waveform(0, sampleRate: 16_000).samples == samples)
        expectClose(try data.waveform(1, sampleRate: 16_000).samples, loud, absolute: 4 / 32_767 / 2 * 1.01)
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

    /// The steps of a TensorBoard event file, and those of `metrics.jsonl`, in the order of the file.
    private static func recordedSteps(_ folder: String) throws -> (events: [Int], metrics: [MetricsLine]) {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tensorboard")
        try #require(names.count == 1)
        var events: [Int] = []
        _ = try RecordFile(path: "\(folder)/tensorboard/\(names[0])").keep {
            events.append(TensorBoardEvent.step(of: $0) ?? -1)
            return true
        }
        return (events, try MetricsLog.lines(path: "\(folder)/metrics.jsonl"))
    }

    /// Interrupted, killed while it wrote, and resumed: each step once in every record, and a picture of each layer for each
    /// evaluation. What is watched changes nothing that is learned.
    @Test func recordsEachStepOnce() throws {
        let corpus = try ToneCorpus()
        let plain = try corpus.train(corpus.configuration(), "plain")
        #expect(!FileManager.default.fileExists(atPath: "\(corpus.folder.path)/plain/tensorboard"))
        var configuration = corpus.configuration()
        configuration.watch.tensorBoard = true
        let whole = try corpus.train(configuration, "whole")
        #expect(try SafeTensors(path: "\(corpus.folder.path)/whole/checkpoint.safetensors").entries.count == 3)
        #expect(whole.checkpoint == plain.checkpoint)
        let expected = try Self.recordedSteps("\(corpus.folder.path)/whole")
        let stepCount = expected.metrics.map(\.step).max() ?? 0
        #expect(stepCount >= 4)

        let folder = "\(corpus.folder.path)/stopped"
        _ = try corpus.train(configuration, "stopped", stepLimit: stepCount / 2)
        let checkpoint = try Data(contentsOf: URL(filePath: "\(folder)/checkpoint.safetensors"))
        _ = try corpus.train(configuration, "stopped", stepLimit: 1, resume: true)
        // As if killed before that checkpoint, with half a record written.
        try checkpoint.write(to: URL(filePath: "\(folder)/checkpoint.safetensors"))
        let name = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tensorboard")[0]
        var events = try Data(contentsOf: URL(filePath: "\(folder)/tensorboard/\(name)"))
        events.removeLast(3)
        try events.write(to: URL(filePath: "\(folder)/tensorboard/\(name)"))
        var metrics = try Data(contentsOf: URL(filePath: "\(folder)/metrics.jsonl"))
        metrics.removeLast(9)
        try metrics.write(to: URL(filePath: "\(folder)/metrics.jsonl"))

        let resumed = try corpus.train(configuration, "stopped", resume: true)
        #expect(resumed.checkpoint == plain.checkpoint)
        let recorded = try Self.recordedSteps(folder)
        #expect(recorded.events == expected.events)
        #expect(recorded.events.filter { $0 == stepCount }.count == 2)  // the step, and the evaluation after it
        #expect(recorded.metrics.map(\.step) == expected.metrics.map(\.step))
        for case .evaluation(let evaluation) in recorded.metrics {
            let attention = try #require(evaluation.attention)
            // "abc" is the longest text of the dev set, the first of its length: three letters and the end.
            #expect(attention.text == "abc" && attention.tokenCount == 4)
            #expect(attention.pictures == ["attention/step-\(evaluation.step)-layer-1.png"])
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(attention.pictures[0])"))
            // That one, and utterances 0, 8 / 3 and 16 / 3 of the 8.
            #expect(evaluation.samples?.map(\.reference) == ["abc", "a", "c", "ca"])
        }
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

    /// A label that was corrected between two halves of a run: other characters would stand for the learned rows.
    @Test func refusesToGoOnWithOtherData() throws {
        let corpus = try ToneCorpus()
        _ = try corpus.train(corpus.configuration(), "model", stepLimit: 1)
        let text = try String(decoding: Data(contentsOf: URL(filePath: corpus.train)), as: UTF8.self)
        try corpus.folder.write("train.jsonl", text.replacing(#""text": "cab""#, with: #""text": "cxb""#))
        let error = #expect(throws: TrainingError.self) {
            try corpus.train(corpus.configuration(), "model", resume: true)
        }
        #expect(error?.description.contains("the training data has changed") == true)
        try corpus.folder.write("train.jsonl", text)
        #expect(try corpus.train(corpus.configuration(), "model", resume: true).outcome == .finished)
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
