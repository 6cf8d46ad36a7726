import Configuration
import Datasets
import Models
import Synchronization
import Testing
import Training

@Suite struct DataSourceTests {
    private func read(_ yaml: String) throws -> [DataSource] {
        try YAMLConfiguration.read(TrainingConfiguration(), yaml: yaml, path: "run.yaml").data.train
    }

    @Test func aPathOrAPathWithAWeight() throws {
        let yaml = "data:\n  train: [a, {path: b, weight: 2.5}, {path: c}]\n"
        let sources = [DataSource(path: "a"), DataSource(path: "b", weight: 2.5), DataSource(path: "c", weight: 1)]
        #expect(try read(yaml) == sources)
        var configuration = TrainingConfiguration()
        configuration.data.train = sources
        #expect(try read(YAMLConfiguration.yaml(configuration)) == sources)
    }

    @Test(arguments: [
        ("[{path: a, wieght: 2}]", "unknown key `data.train[0].wieght`; did you mean `data.train[0].weight`?"),
        ("[{weight: 2}]", "`data.train[0]`: the key `path` is missing"),
        ("[a, {path: a, weight: much}]", "`data.train[1].weight`: expected a number, found `much`"),
        ("[[a]]", "`data.train[0]`: expected a section"),
    ])
    func mistakesNameTheKey(yaml: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try read("data:\n  train: \(yaml)\n") }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    /// Seconds of audio in each epoch of a run with these sources.
    private func seconds(
        _ corpus: ToneCorpus, _ name: String, _ sources: [DataSource], epochs: Int
    ) throws -> [Double] {
        var configuration = corpus.configuration()
        configuration.data.train = sources
        configuration.stopping.epochs = epochs
        configuration.stopping.patience = 0
        let sums = Mutex<[Double]>(Array(repeating: 0, count: epochs))
        let trainer = Trainer(
            configuration, output: "\(corpus.folder.path)/\(name)", threadCount: 2,
            observer: { event in
                if case .step(let report) = event { sums.withLock { $0[report.epoch - 1] += report.audioInSeconds } }
            })
        _ = try trainer.run(resume: false)
        return sums.withLock { $0 }
    }

    /// Of every utterance of weight 2 there are two in an epoch; of those of weight 0.5 half on average.
    @Test func weightsAreCountsInAnEpoch() throws {
        let corpus = try ToneCorpus()
        let (train, dev) = (corpus.train, corpus.dev)
        let whole = try seconds(corpus, "whole", [DataSource(path: train)], epochs: 1)[0]
        let part = try seconds(corpus, "part", [DataSource(path: dev)], epochs: 1)[0]
        let both = try seconds(corpus, "both", [DataSource(path: train, weight: 2), DataSource(path: dev)], epochs: 2)
        for epoch in both { #expect(abs(epoch - (2 * whole + part)) < 1e-9) }
        let halves = try seconds(corpus, "halves", [DataSource(path: train, weight: 1.5)], epochs: 20)
        #expect(Set(halves).count > 1)
        // Up to 16 utterances are drawn with probability one half, 20 times: four standard deviations of the mean are 0.25.
        let mean = halves.reduce(0, +) / 20
        #expect(halves.allSatisfy { $0 >= whole - 1e-9 && $0 <= 2 * whole + 1e-9 } && abs(mean / whole - 1.5) < 0.25)
    }

    /// A source of weight 2 is the source twice, but the copies are augmented differently.
    @Test func copiesAreAugmentedAnew() throws {
        let corpus = try ToneCorpus()
        func checkpoint(_ name: String, weight: Double, masks: Int) throws -> [Float] {
            var configuration = corpus.configuration()
            configuration.stopping.epochs = 1
            configuration.data.train =
                weight == 2
                ? [DataSource(path: corpus.train, weight: 2)]
                : [DataSource(path: corpus.train), DataSource(path: corpus.train)]
            configuration.augmentation.specAugment.timeMaskCount = masks
            _ = try corpus.train(configuration, name)
            return try SpeechModel(directory: "\(corpus.folder.path)/\(name)").network.parameters.values.values
        }
        #expect(try checkpoint("a", weight: 2, masks: 0) == checkpoint("b", weight: 1, masks: 0))
        #expect(try checkpoint("c", weight: 2, masks: 2) != checkpoint("d", weight: 1, masks: 2))
    }

    @Test func resumesWithTheSameDraws() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.data.train = [
            DataSource(path: corpus.train, weight: 1.5), DataSource(path: corpus.dev, weight: 0.25),
        ]
        configuration.batches.epochsFromShortToLong = 1
        let whole = try corpus.train(configuration, "whole")
        for step in [2, 4] {
            _ = try corpus.train(configuration, "stopped\(step)", stepLimit: step)
            let resumed = try corpus.train(configuration, "stopped\(step)", threads: 1, resume: true)
            #expect(resumed.checkpoint == whole.checkpoint)
        }
    }

    @Test(arguments: [0, -1, 101, Double.nan]) func weightsOutOfRangeAreRefused(weight: Double) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.data.train = [DataSource(path: corpus.train), DataSource(path: corpus.dev, weight: weight)]
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.hasPrefix("data.train[1].weight is ") == true)
    }
}
