import Models
import Recognition
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
}
