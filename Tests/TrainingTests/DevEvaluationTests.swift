import Audio
import Datasets
import Evaluation
import Models
import NeuralNetwork
import Recognition
import Synchronization
import Testing

@Suite struct DevEvaluationTests {
    /// The dev figures of a model are those of the `Transcriber` with the configured search, on the configured choice.
    @Test(arguments: [(beamSize: 4, limit: 0), (beamSize: 1, limit: 0), (beamSize: 2, limit: 3)])
    func theFiguresAreThoseOfTheTranscriber(beamSize: Int, limit: Int) throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.stopping.epochs = 8
        configuration.evaluation.beamSize = beamSize
        configuration.evaluation.maximumUtterances = limit
        _ = try corpus.train(configuration, "model")

        let model = try SpeechModel(directory: "\(corpus.folder.path)/model")
        var options = TranscriptionOptions()
        options.beamSize = beamSize
        let transcriber = Transcriber(model: model, options: options)
        let all = try Manifest.load(path: corpus.dev)
        let chosen = limit == 0 ? all : all.choice(of: limit, seed: configuration.seed)
        #expect(chosen.utterances.count == (limit == 0 ? 8 : limit))
        var (words, characters) = (WordErrorRate(), CharacterErrorRate())
        for utterance in chosen.utterances {
            let features = try model.features(AudioFile.waveform(path: utterance.audioPath, sampleRate: 16_000))
            let text = model.tokenizer.text(of: try transcriber.hypothesis(for: features).tokens)
            words += WordErrorRate(reference: utterance.text, hypothesis: text)
            characters += CharacterErrorRate(reference: utterance.text, hypothesis: text)
        }
        let training = try #require(model.description.training)
        #expect(training.devWordErrorRate == words.rate)
        #expect(training.devCharacterErrorRate == characters.rate)
    }

    @Test func aChoiceIsInOrderAndTheSameForTheSameSeed() throws {
        let utterances = (0..<50).map { (index: Int) in
            Utterance(
                id: "\(index)", audioPath: "\(index).wav", text: "a", source: SourceLine(path: "m", line: index))
        }
        let manifest = Manifest(utterances: utterances)
        func lines(_ count: Int, seed: UInt64) -> [Int] {
            manifest.choice(of: count, seed: seed).utterances.compactMap(\.source.line)
        }
        let chosen = lines(10, seed: 1)
        #expect(chosen.count == 10 && chosen == chosen.sorted() && Set(chosen).count == 10)
        #expect(lines(10, seed: 1) == chosen)
        #expect(lines(10, seed: 2) != chosen)
        #expect(lines(50, seed: 1) == Array(0..<50))
        #expect(lines(51, seed: 1) == Array(0..<50))
    }

    /// An untrained CTC output would spoil the search: training without it must say so.
    @Test func searchWithAnUntrainedCTCOutputIsRefused() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.loss.ctcWeight = 0
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.contains("set evaluation.ctcWeight to 0") == true)
        configuration.evaluation.ctcWeight = 0
        #expect(try corpus.train(configuration, "model").outcome == .finished)
    }

    /// A network as Whisper's, without CTC output and with tables of positions: what does not fit is said before anything is read,
    /// and the rest trains.
    @Test func aNetworkWithoutCTCAndWithLearnedPositions() throws {
        let corpus = try ToneCorpus()
        var configuration = corpus.configuration()
        configuration.model.hasCTCOutput = false
        configuration.model.encoder.positions = .learned
        configuration.model.encoder.positionCount = 25  // 100 frames
        configuration.model.decoder = DecoderConfiguration(
            positions: .learned, positionCount: 2, scalesEmbedding: false, hasOutputBias: false)
        func message() -> String {
            do {
                _ = try corpus.train(configuration, "model")
                return "trained"
            } catch {
                return "\(error)"
            }
        }
        #expect(message().hasPrefix("loss.ctcWeight is 0.3, but with model.hasCTCOutput false there is no CTC output"))
        configuration.loss.ctcWeight = 0
        configuration.evaluation.ctcWeight = 0
        configuration.batches.maximumFrameCount = 99
        configuration.augmentation.speedFactors = [0.9, 1]
        #expect(
            message().contains(
                "99, which the speed 0.9 makes 110, but model.encoder.positionCount 25 is enough for only 100 frames"))
        configuration.batches.maximumFrameCount = 90
        // The longest texts have three letters, after the start.
        #expect(message().contains("has a text of 2 tokens, but model.decoder.positionCount 2 is enough for only 1"))
        configuration.model.decoder.positionCount = 4
        #expect(message() == "trained")
        let model = try SpeechModel(directory: "\(corpus.folder.path)/model")
        #expect(!model.network.parameters.parameters.contains { $0.name.hasPrefix("ctc_output") })
    }
}
