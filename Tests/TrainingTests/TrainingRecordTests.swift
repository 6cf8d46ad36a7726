import Configuration
import Datasets
import FoundationEssentials
import Models
import Synchronization
import TestSupport
import Testing
import Training

/// What a training tells, and what it writes down beside the model.
@Suite struct TrainingRecordTests {
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
        // Silence that the model has behind recordings is no audio: the same figures.
        configuration.model.frontend.trailingSilenceInSeconds = 0.5
        _ = try corpus.train(configuration, "silence")
        let behind = try SpeechModel(directory: "\(corpus.folder.path)/silence").description.training
        #expect(behind?.utteranceCount == 16)
        expectClose([Float(try #require(behind?.hours))], [6 / 3_600], relative: 1e-5)
        expectClose([Float(try #require(behind?.longestUtteranceInSeconds))], [0.6], relative: 1e-5)
        configuration.model.frontend.trailingSilenceInSeconds = 0
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

    @Test func aBrokenRecordingIsNamed() throws {
        let corpus = try ToneCorpus()
        try corpus.folder.write("3.wav", "this is no sound")
        let error = #expect(throws: TrainingError.self) { try corpus.train(corpus.configuration(), "model") }
        #expect(error?.description.contains("train.jsonl:4") == true)
        #expect(error?.description.contains("3.wav") == true)
    }
}
