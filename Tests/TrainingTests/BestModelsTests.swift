import Files
import FoundationEssentials
import Models
import Synchronization
import Tensors
import Testing
import Training

@Suite struct BestModelsTests {
    private struct Entry: Codable, Equatable {
        let name: String
        let step: Int
        let epoch: Int
        let devCharacterErrorRate: Double
    }

    private let corpus: ToneCorpus
    private let configuration: TrainingConfiguration

    init() throws {
        corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 12
        configuration.stopping.keepBest = 3
        self.configuration = configuration
    }

    private func list(_ name: String) throws -> [Entry] {
        let path = "\(corpus.folder.path)/\(name)/best/models.json"
        return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(filePath: path)))
    }

    private func folders(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(corpus.folder.path)/\(name)/best")
            .filter { $0.hasPrefix("step-") }.sorted()
    }

    /// The dev character error rates of `metrics.jsonl` by step, and of the average at the end.
    private func evaluations(_ name: String) throws -> (byStep: [(step: Int, error: Double)], average: Double?) {
        struct Line: Decodable {
            let step: Int
            let devCharacterErrorRate: Double?
            let averagedModelCount: Int?
        }
        let data = try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/\(name)/metrics.jsonl"))
        let lines = try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Line.self, from: $0) }
        let byStep = lines.compactMap { line in
            line.averagedModelCount == nil ? line.devCharacterErrorRate.map { (line.step, $0) } : nil
        }
        return (byStep, lines.last { $0.averagedModelCount == 3 }?.devCharacterErrorRate)
    }

    /// The three lowest dev errors, the earlier of equal ones first; and of their average and the best, the better one is the model.
    @Test func keepsTheBestAndAveragesThem() throws {
        _ = try corpus.train(configuration, "model")
        let (byStep, average) = try evaluations("model")
        #expect(byStep.count == 12)
        let expected = byStep.sorted { ($0.error, $0.step) < ($1.error, $1.step) }.prefix(3)
        let kept = try list("model")
        #expect(kept.map(\.step) == expected.map(\.step))
        #expect(kept.map(\.devCharacterErrorRate) == expected.map(\.error))
        #expect(try folders("model") == kept.map(\.name).sorted())

        let averageError = try #require(average)
        let best = "\(corpus.folder.path)/model/best"
        let (model, single) = (
            try SpeechModel(directory: "\(corpus.folder.path)/model"),
            try SpeechModel(directory: "\(best)/\(kept[0].name)")
        )
        #expect(single.description.training?.devCharacterErrorRate == kept[0].devCharacterErrorRate)
        let mean = try ModelAverage.of(kept.map { "\(best)/\($0.name)" })
        if averageError < kept[0].devCharacterErrorRate {
            #expect(model.fingerprint == mean.fingerprint)
            #expect(model.description.training?.averagedModelCount == 3)
            #expect(model.description.training?.devCharacterErrorRate == averageError)
        } else {
            #expect(model.fingerprint == single.fingerprint)
        }
    }

    /// Interrupted and resumed, the same models are kept, and the same model comes out.
    @Test func resumesWithTheSameModels() throws {
        let whole = try corpus.train(configuration, "whole")
        _ = try corpus.train(configuration, "stopped", stepLimit: 13)
        // What an evaluation after the last checkpoint might have left behind.
        try corpus.folder.write("stopped/best/step-9999/model.safetensors", "left behind")
        let resumed = try corpus.train(configuration, "stopped", threads: 1, resume: true)
        #expect(resumed.checkpoint == whole.checkpoint)
        #expect(try list("stopped") == list("whole"))
        #expect(try folders("stopped") == folders("whole"))
        // Another average without another step changes nothing.
        #expect(try corpus.train(configuration, "stopped", resume: true).checkpoint == whole.checkpoint)
    }

    /// The average has to be better than the best model of all evaluations: it may come from a time when none were kept. As if so,
    /// with an error of -1 that no average has, and kept models that are worse than any average.
    @Test(arguments: [(best: -1, isReplaced: false), (best: 2, isReplaced: true)])
    func theAverageMustBeBetterThanAnyModelBefore(best: Int, isReplaced: Bool) throws {
        _ = try corpus.train(configuration, "model")
        let path = "\(corpus.folder.path)/model/checkpoint.safetensors"
        let file = try SafeTensors(path: path)
        let tensors = try file.entries.map { entry in
            let tensor = Tensor(zeros: entry.shape)
            try file.read(entry.name, into: tensor)
            return (name: entry.name, value: tensor)
        }
        let progress = try #require(file.metadata["progress"])
            .replacing(#/"bestError":[^,}]+/#, with: "\"bestError\":\(best)")
            .replacing(#/"averageError":[^,}]+,/#, with: "")
            .replacing(#/"devCharacterErrorRate":[^,}]+/#, with: "\"devCharacterErrorRate\":2")
        try AtomicFile.write(SafeTensors.data(tensors, metadata: ["progress": progress]), to: path)
        try corpus.folder.write("model/README.md", "the model before")
        _ = try corpus.train(configuration, "model", resume: true)
        let card = try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/model/README.md"))
        #expect((card != Data("the model before".utf8)) == isReplaced)
    }

    @Test func withoutItNothingIsKept() throws {
        var configuration = configuration
        configuration.stopping.epochs = 2
        configuration.stopping.keepBest = 0
        _ = try corpus.train(configuration, "model")
        #expect(!FileManager.default.fileExists(atPath: "\(corpus.folder.path)/model/best"))
    }
}
