import FoundationEssentials
import MessagePassing
import Synchronization
import TestSupport
import Testing
import Training

/// Training by several ranks, which are threads here; `make test-mpi` runs processes.
@Suite struct RanksTests {
    /// Trains with several ranks, the outcomes of all of them.
    private static func train(
        _ corpus: ToneCorpus, _ configuration: TrainingConfiguration, _ name: String, ranks: Int, threads: Int = 1,
        resume: Bool = false, stop: @escaping @Sendable (_ rank: Int, _ step: Int) -> Bool = { _, _ in false }
    ) -> [Result<Trainer.Outcome, any Error>] {
        let output = "\(corpus.folder.path)/\(name)"
        return ThreadRanks.run(ranks) { communicator in
            let steps = Atomic<Int>(0)
            let rank = communicator.rank
            return try Trainer(
                configuration, output: output, threadCount: threads, observer: { _ in },
                shouldStop: {
                    // Asked once a step.
                    stop(rank, steps.add(1, ordering: .relaxed).newValue)
                }, communicator: communicator
            ).run(resume: resume)
        }
    }

    private static func bytes(_ corpus: ToneCorpus, _ path: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(corpus.folder.path)/\(path)"))
    }

    private static func configuration(_ corpus: ToneCorpus) -> TrainingConfiguration {
        var configuration = corpus.configuration()
        configuration.optimizer.averageDecay = 0.9
        configuration.augmentation.speedFactors = [0.9, 1, 1.1]
        configuration.stopping.keepBest = 2
        return configuration
    }

    /// Weights, moments, what is known of the run, and the model: the same files.
    @Test(arguments: [2, 3, 4, 7], [1, 2]) func theSameBitsForAnyNumberOfRanks(ranks: Int, threads: Int) throws {
        let corpus = try ToneCorpus()
        let configuration = Self.configuration(corpus)
        _ = try corpus.train(configuration, "one", threads: 1)
        for outcome in Self.train(corpus, configuration, "several", ranks: ranks, threads: threads) {
            #expect(try outcome.get() == .finished)
        }
        for name in ["checkpoint.safetensors", "model.safetensors", "config.json", "best/models.json", "training.yaml"]
        {
            #expect(try Self.bytes(corpus, "several/\(name)") == Self.bytes(corpus, "one/\(name)"), "\(name)")
        }
    }

    /// One rank is asked to stop; all do, and another number of ranks goes on.
    @Test(arguments: [(first: 4, then: 2), (2, 3), (3, 1), (1, 4)]) func resumesWithOtherRanks(first: Int, then: Int)
        throws
    {
        let corpus = try ToneCorpus()
        let configuration = Self.configuration(corpus)
        _ = try corpus.train(configuration, "whole")
        let stopped = Self.train(
            corpus, configuration, "stopped", ranks: first,
            stop: { rank, step in
                rank == first - 1 && step == 3
            })
        for outcome in stopped { #expect(try outcome.get() == .interrupted) }
        #expect(
            try Self.bytes(corpus, "stopped/checkpoint.safetensors")
                != Self.bytes(corpus, "whole/checkpoint.safetensors"))
        for outcome in Self.train(corpus, configuration, "stopped", ranks: then, resume: true) {
            #expect(try outcome.get() == .finished)
        }
        #expect(
            try Self.bytes(corpus, "stopped/checkpoint.safetensors")
                == Self.bytes(corpus, "whole/checkpoint.safetensors"))
    }

    /// An error of one rank is told by all, with its name.
    @Test func anErrorOfOneRankEndsAll() throws {
        let corpus = try ToneCorpus()
        let output = "\(corpus.folder.path)/model"
        let good = corpus.configuration()
        for failing in [0, 2] {
            let outcomes = ThreadRanks.run(3) { communicator in
                var configuration = good
                if communicator.rank == failing { configuration.data.dev = ["/no/such/list.jsonl"] }
                return try Trainer(
                    configuration, output: output, threadCount: 1, observer: { _ in }, communicator: communicator
                ).run(resume: false)
            }
            for outcome in outcomes {
                let error = #expect(throws: RankError.self) { try outcome.get() }
                #expect(error?.description.hasPrefix("rank \(failing) on ") == true, "\(String(describing: error))")
                #expect(error?.description.contains("/no/such/list.jsonl") == true)
            }
        }
    }

    @Test func aRankWithOtherSettingsIsRefused() throws {
        let corpus = try ToneCorpus()
        let output = "\(corpus.folder.path)/model"
        let usual = corpus.configuration()
        let outcomes = ThreadRanks.run(3) { communicator in
            var configuration = usual
            if communicator.rank == 1 { configuration.seed = 7 }
            return try Trainer(
                configuration, output: output, threadCount: 1, observer: { _ in }, communicator: communicator
            ).run(resume: false)
        }
        for outcome in outcomes {
            let error = #expect(throws: RankError.self) { try outcome.get() }
            #expect(error?.description.hasPrefix("rank 1 on ") == true, "\(String(describing: error))")
            #expect(error?.description.contains("have other settings than rank 0") == true)
        }
    }
}
