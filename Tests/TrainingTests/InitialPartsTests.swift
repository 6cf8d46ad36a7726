import Datasets
import FoundationEssentials
import Models
import TestSupport
import Testing
import Text
import Training

/// `initialization.parts`: a model of one's own over the encoder of a Whisper model, or over its decoder too.
@Suite struct InitialPartsTests {
    private let whisper: InitialWhisper
    private var corpus: ToneCorpus { whisper.corpus }
    private var initial: SpeechModel { whisper.model }

    init() throws { whisper = try InitialWhisper() }

    /// A new decoder of characters over the encoder.
    @Test func theEncoderCanBeTakenAlone() throws {
        let configuration = try whisper.configuration(
            "initialization.parts=[encoder]", "schedule.peakLearningRate=0", "model.decoderLayerCount=2")
        #expect(configuration.model.frontend == initial.configuration.frontend)
        #expect(configuration.model.decoder == ModelConfiguration().decoder)
        #expect(configuration.model.hasCTCOutput && configuration.model.transformer.dropout == 0)
        #expect(configuration.model.transformer.modelDimension == 16)
        let messages = try corpus.messages(configuration, "tuned", threads: 1)
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.characters?.characters == ["a", "b", "c"])
        let before = Dictionary(
            uniqueKeysWithValues: initial.network.parameters.parameters.map { ($0.name, $0.value.values) })
        var copiedCount = 0
        for parameter in tuned.network.parameters.parameters {
            let isTaken = parameter.name.hasPrefix("encoder.") || parameter.name.hasPrefix("subsampling.")
            copiedCount += isTaken ? parameter.count : 0
            if isTaken { #expect(parameter.value.values == before[parameter.name], "\(parameter.name)") }
        }
        #expect(copiedCount > 24_000)
        #expect(
            messages.contains(
                "begins with \(whisper.path); of it the encoder (\(copiedCount) parameters); all else has random weights"
            ))
    }

    /// A recurrent decoder attends to what Whisper's encoder heard; a Whisper model itself has none.
    @Test func theEncoderServesAnLSTM() throws {
        let configuration = try whisper.configuration(
            "initialization.parts=[encoder]", "model.decoder.layer=lstm", "model.decoderLayerCount=2")
        _ = try corpus.train(configuration, "tuned", threads: 1)
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.configuration.encoder == initial.configuration.encoder)
        #expect(tuned.network.parameters.parameters.contains { $0.name == "decoder.attention.energy.weight" })
        var description = initial.description
        description.alignmentHeads = nil
        description.model.decoder.layer = .lstm
        description.model.decoder.positions = .sinusoidal
        let error = #expect(throws: ModelError.self) { try SpeechModel(description, vocabulary: initial.vocabulary) }
        #expect(error?.description.contains("model.decoder.layer is lstm, but a Whisper model has no LSTM") == true)
    }

    @Test func theLayersOfTheDecoderCanBeTakenToo() throws {
        let configuration = try whisper.configuration(
            "initialization.parts=[encoder, decoder]", "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        #expect(tuned.characters?.characters == ["a", "b", "c"])
        let before = Dictionary(
            uniqueKeysWithValues: initial.network.parameters.parameters.map { ($0.name, $0.value.values) })
        for parameter in tuned.network.parameters.parameters {
            let isOfTokens = tuned.network.tokenParameters.contains { $0.name == parameter.name }
            #expect((parameter.value.values == before[parameter.name]) == !isOfTokens, "\(parameter.name)")
        }
        // The rows of the new characters have the mean and the deviation of the old rows, feature by feature.
        func statistics(_ model: SpeechModel) throws -> [Float] {
            let rows = try #require(
                model.network.parameters.parameters.first { $0.name == "decoder.embedding.weight" })
            let (count, width) = (rows.shape[0], rows.shape[1])
            return (0..<width).flatMap { column -> [Float] in
                let values = (0..<count).map { rows.value.floats[$0 * width + column] }
                let mean = values.reduce(0, +) / Float(count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count)
                return [mean, variance.squareRoot()]
            }
        }
        expectClose(try statistics(tuned), try statistics(initial), absolute: 1e-5)
    }

    /// Text that nobody has labelled gives tokens too.
    @Test func textGivesTokensToo() throws {
        let path = "\(corpus.folder.path)/pieces"
        let token = Array("xy".utf8)
        try TinyWhisper.writeModel(to: path, pieces: [token])
        let text = "\(corpus.folder.path)/more.txt"
        try "xy\n".write(toFile: text, atomically: true, encoding: .utf8)
        func configured(_ minimum: Int, _ texts: [String]) throws -> TrainingConfiguration {
            try whisper.configuration(
                "initialization.parts=[encoder, decoder]", "initialization.minimumTokenCount=\(minimum)",
                "initialization.vocabularyText=\(texts)", "schedule.peakLearningRate=0", from: path)
        }
        func tokens(_ texts: [String], _ name: String) throws -> Set<[UInt8]> {
            _ = try corpus.train(try configured(1, texts), name)
            let vocabulary = try SpeechModel(directory: "\(corpus.folder.path)/\(name)").vocabulary
            let pieces = try #require(vocabulary.bytePairs)
            return Set((0..<pieces.ordinaryCount).map { Array(pieces.bytes(of: $0)) })
        }
        let (without, with) = (try tokens([], "without"), try tokens([text], "with"))
        #expect(!without.contains(token) && with.contains(token) && with.isSuperset(of: without))
        #expect(throws: TrainingError.self) { try corpus.train(try configured(0, [text]), "refused") }
    }

    /// With the tokens that the texts have, and their embeddings.
    @Test func frequentTokensCanBeTakenToo() throws {
        let configuration = try whisper.configuration(
            "initialization.parts=[encoder, decoder]", "initialization.minimumTokenCount=1",
            "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        let tuned = try SpeechModel(directory: "\(corpus.folder.path)/tuned")
        let known = try #require(initial.vocabulary.bytePairs)
        let vocabulary = try #require(tuned.vocabulary.bytePairs)
        #expect(vocabulary.ordinaryCount <= known.ordinaryCount && tuned.whisper == nil)
        func row(_ model: SpeechModel, _ token: Int) throws -> [Float] {
            let parameter = model.network.parameters.parameters.first { $0.name == "decoder.embedding.weight" }
            let embedding = try #require(parameter).value
            return Array(embedding.values[token * embedding.columnCount..<(token + 1) * embedding.columnCount])
        }
        for token in 0..<vocabulary.ordinaryCount {
            let place = try #require(known.token(of: vocabulary.bytes(of: token)))
            #expect(try row(tuned, token) == row(initial, place))
        }
        #expect(try row(tuned, tuned.tokenizer.endOfSentence) == row(initial, initial.tokenizer.endOfSentence))
        let (start, before) = (tuned.tokenizer.startSequence, initial.tokenizer.startSequence)
        #expect(start.count == 2 && before.count == 2)
        for (token, source) in zip(start, before) { #expect(try row(tuned, token) == row(initial, source)) }
        // The whole model can be learned from in turn: it keeps its tokens.
        var again = try whisper.configuration("schedule.peakLearningRate=0", from: "\(corpus.folder.path)/tuned")
        again.stopping.epochs = 1
        _ = try corpus.train(again, "again")
        let same = try SpeechModel(directory: "\(corpus.folder.path)/again")
        #expect(same.fingerprint == tuned.fingerprint)
    }

    /// In 8 bits the positions of Whisper's layers are rounded in a model of one's own alone: to at most 1/127 of the largest of a block.
    @Test func positionsAreStoredInEightBits() throws {
        let configuration = try whisper.configuration(
            "initialization.parts=[encoder, decoder]", "schedule.peakLearningRate=0")
        _ = try corpus.train(configuration, "tuned")
        for (name, isRounded) in [("tuned", true), ("initial", false)] {
            let path = "\(corpus.folder.path)/\(name)"
            try ModelFolder.convert(path, to: .int8, output: "\(path)-int8")
            func positions(_ path: String) throws -> [Float] {
                let parameters = try SpeechModel(directory: path).network.parameters.parameters
                return try #require(parameters.first { $0.name == "decoder.positions" }).value.values
            }
            let (exact, stored) = (try positions(path), try positions("\(path)-int8"))
            #expect((exact != stored) == isRounded)
            let largest = exact.map(abs).max()!
            #expect(zip(exact, stored).allSatisfy { abs($0 - $1) <= largest / 127 })
        }
    }

    @Test func tokensAreChosenFromAWhisperModelAlone() throws {
        var configuration = corpus.configuration()
        configuration.initialization.minimumTokenCount = 2
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.contains("leave the key out") == true)
    }

    @Test func partsAreThoseOfAModel() throws {
        var configuration = corpus.configuration()
        configuration.initialization.parts = [.encoder]
        let error = #expect(throws: TrainingError.self) { try corpus.train(configuration, "model") }
        #expect(error?.description.hasPrefix("initialization.parts is [\"encoder\"], but no model is named") == true)
    }
}
