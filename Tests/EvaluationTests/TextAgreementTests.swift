import Evaluation
import Testing
import Text

@Suite struct TextAgreementTests {
    /// By hand: "kitten" becomes "sitting" by two substitutions and an insertion, three of seven characters.
    @Test func differenceIsOfTheLongerText() {
        #expect(TextAgreement("kitten", "sitting", normalizer: .none).difference == 3.0 / 7)
        #expect(TextAgreement("sitting", "kitten", normalizer: .none).difference == 3.0 / 7)
    }

    @Test func textsAreNormalised() {
        #expect(TextAgreement("Twenty cats!", "20 cats", normalizer: .english).difference == 0)
        #expect(TextAgreement("", "a word", normalizer: .basic).difference == 1)
        #expect(TextAgreement("", " ", normalizer: .basic).difference == 0)
    }
}
