import Glibc
import Models
import Recognition
import TestSupport
import Testing
import Text

/// What is known of words, computed by hand from made-up scores.
@Suite struct FoundTextsTests {
    private let vocabulary = Vocabulary(texts: ["ab c"])

    private func hypothesis(_ text: String, _ logProbability: Float, decoder: [Float], ctc: [Float]) -> Hypothesis {
        var hypothesis = Hypothesis(
            tokens: vocabulary.tokens(of: text), logProbability: logProbability,
            scores: [decoder.reduce(0, +), ctc.reduce(0, +)], isComplete: true)
        hypothesis.tokenScores = zip(decoder, ctc).flatMap { [$0, $1] }
        return hypothesis
    }

    /// "ab c", and "ab b" with a third of its probability.
    private var found: FoundTexts {
        FoundTexts(
            hypotheses: [
                hypothesis("ab c", -1, decoder: [-1, -2, -3, -0.04, -0.05], ctc: [-0.5, -0.5, -0.5, -1, -1]),
                hypothesis("ab b", -1 - logf(3), decoder: [0, 0, 0, 0, 0], ctc: [0, 0, 0, 0, 0]),
            ], scorers: [("decoder", 0.8), ("CTC output", 0.2)])
    }

    private func evidence(_ settings: ConfidenceSettings? = nil) -> [WordEvidence] {
        found.evidence(
            ranges: { tokens in
                tokens.split(separator: vocabulary.tokens(of: " ")[0]).map { $0.startIndex..<$0.endIndex }
            }, text: { vocabulary.text(of: $0) }, hasEndToken: true, settings: settings)
    }

    @Test func wordsAndTheirFeatures() {
        let words = evidence()
        #expect(words.map(\.text) == ["ab", "c"] && words.map(\.tokens) == [0..<2, 3..<4])
        let (first, second) = (words[0].values, words[1].values)
        // The space behind "ab" counts: sqrt((1 + 2 + 3) / 3); the end behind "c": sqrt((0.04 + 0.05) / 2).
        expectClose([Float(first[.decoder]!)], [Float(2).squareRoot()], relative: 1e-5)
        expectClose([Float(second[.decoder]!)], [Float(0.045).squareRoot()], relative: 1e-5)
        expectClose([Float(first[.ctc]!), Float(second[.ctc]!)], [Float(0.5).squareRoot(), 1], relative: 1e-5)
        // Both texts have "ab"; "c" has 3 of 4 parts.
        #expect(first[.posterior] == 0)
        expectClose([Float(second[.posterior]!)], [(-logf(0.75)).squareRoot()], relative: 1e-5)
        expectClose([Float(first[.letters]!), Float(first[.shortness]!)], [logf(2), 0.5], relative: 1e-6)
        #expect(first[.decoderBefore] == 0 && first[.decoderAfter] == second[.decoder])
        #expect(second[.decoderBefore] == first[.decoder] && second[.decoderAfter] == 0)
        #expect(first[.lettersAfter] == 1 && second[.lettersBefore] == 2 && second[.lettersAfter] == 0)
        // All five tokens: 6.09 / 5.
        expectClose([Float(first[.text]!)], [Float(1.218).squareRoot()], relative: 1e-5)
        #expect(first[.languageModel] == 0 && words[0].confidence == nil)
    }

    // 1 / (1 + exp(-(1 - 2 * 0.5))) for "ab", 1 / (1 + exp(-(1 - 2))) for "c".
    @Test func confidenceIsALogisticFunction() {
        let words = evidence(ConfidenceSettings(intercept: 1, weights: [.shortness: -2]))
        expectClose(words.map { Float($0.confidence!) }, [0.5, 1 / (1 + expf(1))], relative: 1e-6)
    }

    @Test func noConfidenceWithoutWhatItWasFittedWith() {
        let words = evidence(ConfidenceSettings(intercept: 1, weights: [.languageModel: -2]))
        #expect(words.allSatisfy { $0.confidence == nil })
    }

    @Test func scoredTexts() {
        let texts = found.scoredTexts(vocabulary, count: 5)
        #expect(texts.map(\.text) == ["ab c", "ab b"])
        #expect(texts[0].parts.map(\.name) == ["decoder", "CTC output"])
        expectClose(texts[0].parts.map { Float($0.score) }, [-6.09, -3.5], relative: 1e-5)
        expectClose(texts[0].parts.map { Float($0.weight) }, [0.8, 0.2], relative: 1e-5)
        #expect(found.scoredTexts(vocabulary, count: 1).count == 1 && found.scoredTexts(vocabulary, count: 0).isEmpty)
    }
}
