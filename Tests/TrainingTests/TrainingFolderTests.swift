import Datasets
import Files
import FoundationEssentials
import Glibc
import Models
import Synchronization
import TestSupport
import Testing
import Training

/// What a training does to its output folder, and what it refuses to do.
@Suite struct TrainingFolderTests {
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
}
