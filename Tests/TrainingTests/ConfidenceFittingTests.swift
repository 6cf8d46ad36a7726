import Glibc
import Models
import Numerics
import Recognition
import TestSupport
import Testing
import Text
import Training

@Suite struct ConfidenceFittingTests {
    private func word(_ text: String, _ values: [ConfidenceFeature: Double] = [:]) -> WordEvidence {
        WordEvidence(text: text, tokens: 0..<1, values: values)
    }

    // Words that are right with probability 1 / (1 + exp(-(2 - 3 decoder))): the fit finds 2 and -3. Of 20,000 words the standard
    // error of either is below 0.05.
    @Test func findsTheWeightsThatMadeTheData() {
        var generator = RandomKey(seed: 1).generator
        let words = (0..<20_000).map { _ in
            let surprise = 2 * generator.uniformDouble()
            let probability = 1 / (1 + exp(-(2 - 3 * surprise)))
            return LabelledWord(
                evidence: word("a", [.decoder: surprise, .letters: 1]),
                isRight: generator.uniformDouble() < probability)
        }
        let settings = ConfidenceFitting.settings(words)
        #expect(abs(settings.intercept - 2) < 0.15 && abs(settings.weights["decoder"]! + 3) < 0.15, "\(settings)")
        // The same for every word: no weight.
        #expect(settings.weights["letters"] == nil)
        let measured = ConfidenceMeasure(
            words.map { (settings.probability($0.evidence.values), $0.isRight) })
        #expect(measured.calibrationError < 0.02 && measured.area > 0.8, "\(measured)")
    }

    // Right 0.9 and 0.4, wrong 0.4 and 0.2: of four pairs three are in order and one is equal, 3.5 / 4.
    // Bins: 0.2 (1 word, 0 right), 0.4 (2, half right), 0.9 (1, right): (0.2 + 2 * 0.1 + 0.1) / 4.
    @Test func areaAndCalibrationErrorByHand() {
        let measure = ConfidenceMeasure([(0.9, true), (0.4, true), (0.4, false), (0.2, false)])
        expectClose([Float(measure.area), Float(measure.calibrationError)], [0.875, 0.125], relative: 1e-6)
        #expect(measure.bins.map(\.count) == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1])
        #expect(ConfidenceMeasure([(1, true)]).area == 0.5)
    }

    @Test func wordsAreRightWhereTheAlignmentHasAHit() {
        let words = LabelledWord.words(
            ["the", "cat", "sat", "down"].map { word($0) }, reference: "the bat sat", normalizer: .none, hasSpaces: true
        )
        #expect(words.map(\.evidence.text) == ["the", "cat", "sat", "down"])
        #expect(words.map(\.isRight) == [true, false, true, false])
    }

    // The normaliser makes 21 of "twenty one", so neither word is found again; "It's" becomes two words, of which one is wrong.
    @Test func normalizedWords() {
        let words = LabelledWord.words(
            ["It's", "twenty", "one,", "Mr.", "Hall."].map { word($0) }, reference: "it was 21 mister hall",
            normalizer: .english, hasSpaces: true)
        #expect(words.map(\.evidence.text) == ["It's", "Mr.", "Hall."])
        #expect(words.map(\.isRight) == [false, true, true])
    }

    @Test func charactersAreWordsWithoutSpaces() {
        let words = LabelledWord.words(
            ["你", "号"].map { word($0) }, reference: "你好", normalizer: .none, hasSpaces: false)
        #expect(words.map(\.isRight) == [true, false])
    }
}
