import Audio
import Datasets
import Models
import Tensors
import TestSupport
import Testing
import Text
import Training

/// Utterances that are heard as one recording (`batches.joinedShare`).
@Suite struct JoinedUtterancesTests {
    private let corpus: ToneCorpus

    init() throws { corpus = try ToneCorpus() }

    /// As many as fit, of equal weight, in their order.
    @Test func neighboursAreJoined() {
        let joined = Draw.joined(weights: [1, 1, 1, 2, 2, 1]) { $0.count <= 2 }
        #expect(joined == [0..<2, 3..<5])
        #expect(Draw.joined(weights: [1, 1, 1, 1]) { _ in true } == [0..<4])
        #expect(Draw.joined(weights: [1, 1]) { $0.count == 1 }.isEmpty)
        // The second one cannot be learned from, not even with others.
        #expect(Draw.joined(weights: [1, 1, 1, 1]) { $0 != 1..<2 } == [2..<4])
        #expect(Draw.joined(weights: []) { _ in true }.isEmpty)
    }

    /// Each utterance comes as often as its weight says, alone and joined together.
    @Test(arguments: [0, 0.25, 0.9]) func joiningChangesNoWeights(share: Double) {
        let weights = [1, 1, 2.5, 0.5, 0.5]
        let draws = Draw.all(weights: weights, joined: [0..<2, 3..<5], share: share)
        for utterance in weights.indices {
            let sum = draws.filter { $0.utterances.contains(utterance) }.reduce(0) { $0 + $1.weight }
            #expect(abs(sum - weights[utterance]) < 1e-9)
        }
        let joined = draws.filter { $0.utterances == 0..<2 }.reduce(0) { $0 + $1.weight }
        #expect(abs(joined - share) < 1e-9)
        #expect(draws.allSatisfy { 0 < $0.weight && $0.weight <= 1 })
    }

    /// The features are those of the samples behind each other, the label has both texts.
    @Test func joinedUtterancesAreOneRecording() throws {
        let frontend = FrontendConfiguration()
        let data = try TrainingData(
            Manifest.load(path: corpus.train), frontend: frontend, labelNormalizer: .words, keepsSamples: true,
            workers: WorkerPool(threadCount: 1))
        let vocabulary = Vocabulary(texts: ["a b c"])
        let spectrogram = try LogMelSpectrogram(configuration: frontend)
        // The first two last 0.2 s each, and the third too: 60 frames hold three, 40 hold two.
        let loader = DataLoader(
            data, tokenizer: vocabulary, joining: .init(share: 0.5) { frameCount, _ in frameCount <= 40 },
            augmentation: .init(
                changes: try UtteranceAugmentation(AugmentationConfiguration(), seed: 1), frontend: spectrogram,
                normalization: .none))
        let index = try #require(loader.draws.firstIndex { $0.utterances == 0..<2 })
        let batch = try loader.batch([index], epoch: 0)
        let samples = try [0, 1].flatMap { try data.waveform($0, sampleRate: 16_000).samples }
        let expected = try spectrogram(Waveform(samples: samples, sampleRate: 16_000))
        #expect(batch.frameCounts == [40])
        #expect(loader.frameCount(index) == 40)
        #expect(Array(batch.features.values.prefix(expected.values.count)) == expected.values)
        #expect(batch.labels == [vocabulary.tokens(of: "a b")])
        #expect(!loader.draws.contains { loader.data.frameCount($0.utterances) > 40 && $0.utterances.count > 1 })
    }

    /// The same bits for any number of threads and over an interruption; the model knows how long its recordings were.
    @Test func aRunWithJoinedUtterances() throws {
        var configuration = corpus.configuration()
        configuration.batches.maximumFrameCount = 150
        configuration.batches.joinedShare = 0.5
        let one = try corpus.train(configuration, "one", threads: 1)
        #expect(one.outcome == .finished)
        #expect(try corpus.train(configuration, "three", threads: 3).checkpoint == one.checkpoint)
        #expect(try corpus.train(configuration, "stopped", stepLimit: 2).outcome == .interrupted)
        #expect(try corpus.train(configuration, "stopped", resume: true).checkpoint == one.checkpoint)
        let training = try SpeechModel(directory: "\(corpus.folder.path)/one").description.training
        let longest = try #require(training?.longestUtteranceInSeconds)
        #expect(longest > 0.6 && longest <= 1.5)  // alone they last 0.6 s at most

        configuration.batches.joinedShare = 1
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "all") }
        #expect(error?.description.contains("batches.joinedShare is 1") == true)
    }
}
