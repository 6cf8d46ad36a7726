import Autograd
import Models
import Recognition
import Tensors
import TestSupport
import Testing

@Suite struct TranscriberTests {
    /// As long as what was learned from, but at least 5 s, lest words be cut, and at most 30 s; 30 s for a model that does not say.
    @Test(arguments: [(nil, 30), (16.6, 16.6), (0.5, 5), (45, 30)] as [(Double?, Double)])
    func segmentsAreAsLongAsWhatWasLearnedFrom(longest: Double?, expected: Double) throws {
        let tiny = try TinyModel.model()
        var description = tiny.description
        description.training = .init(
            hours: 1, utteranceCount: 1, longestUtteranceInSeconds: longest, steps: 1, epochs: 1, devWordErrorRate: nil,
            devCharacterErrorRate: nil)
        let transcriber = Transcriber(model: try SpeechModel(description, vocabulary: tiny.vocabulary))
        #expect(transcriber.longestSegmentInSeconds == expected)
    }

    /// What the decoder itself has learned of the language is what the forward pass of training gives for an encoder output of zeros, of any
    /// length.
    @Test func internalLanguageModel() throws {
        let model = try TinyModel.model()
        let text = Array(model.tokenizer.count - 3..<model.tokenizer.count)
        let zeros = Tape(.float32).variable(Tensor(zeros: [1, 4, model.configuration.transformer.modelDimension]))
        let encoded = EncoderDecoder.EncoderOutput(value: zeros, lengths: [4])
        let logits = model.network.decode(
            (model.tokenizer.startSequence + text).map(Int32.init), batch: 1,
            keysValues: model.network.keysValues(encoded), encoderLengths: [4])
        let expected = logits.logSoftmax().value.values
        let scorer = DecoderScorer.internalLanguageModel(of: model, precision: .float32, maximumHypothesisCount: 2)
        let count = model.tokenizer.count
        let start = model.tokenizer.startSequence.count - 1
        for (position, token) in (text + [0]).enumerated() {
            let row = (start + position) * count
            expectClose(try scorer.scores().rows(0..<1).values, Array(expected[row..<row + count]), relative: 1e-4)
            scorer.select(parents: [0], tokens: [token])
        }
    }

    // Transcribers of one model are made and used on several threads at once, in every precision: each gives what it gives alone;
    // with a master copy of the weights and with weights as a bfloat16 file has them.
    @Test(arguments: [false, true]) func severalTranscribersOfOneModel(isRounded: Bool) throws {
        let model = try TinyModel.model()
        if isRounded {
            let parameters = model.network.parameters
            parameters.use(parameters.parameters.map { WeightStorage($0.value.converted(to: .bfloat16)) })
        }
        let features = TinyModel.features(frameCounts: [60])[0]
        let precisions = InferencePrecision.allCases.filter(\.elementType.isSupported)
        @Sendable func hypothesis(_ precision: InferencePrecision) throws -> Hypothesis {
            var options = TranscriptionOptions()
            options.precision = precision
            return try Transcriber(model: model, options: options).hypothesis(for: features)
        }
        let together = WorkerPool(threadCount: 4).map(itemCount: 24) { item in
            Result { try hypothesis(precisions[item % precisions.count]) }
        }
        for (item, result) in together.enumerated() {
            let (one, alone) = (try result.get(), try hypothesis(precisions[item % precisions.count]))
            #expect(one.tokens == alone.tokens && one.logProbability == alone.logProbability)
        }
    }
}
