import Recognition
import TestSupport
import Testing
import Text

@Suite struct HotwordScorerTests {
    private let vocabulary = Vocabulary(texts: [" abcs"])

    private func score(_ text: String, _ phrases: [String]) -> Float {
        let tokens = vocabulary.tokens(of: text)
        let scorer = HotwordScorer(HotwordTree(phrases, for: vocabulary), boost: 1)
        var sum: Float = 0
        for token in tokens + [vocabulary.endOfSentence] {
            sum += scorer.scores().floats[token]
            if token != vocabulary.endOfSentence { scorer.select(parents: [0], tokens: [token]) }
        }
        return sum
    }

    /// One for each letter of a phrase that is written as a word, nothing for anything else.
    @Test(arguments: [
        ("abc", 3), ("a abc b", 3), ("abc b abc", 3), ("ab", 0), ("abcs", 0), ("babc", 0), ("ab abc", 3), ("", 0),
        ("ab c", 0),
    ]) func aWordIsRewardedWhereItIsWhole(text: String, expected: Int) {
        #expect(score(text, ["abc"]) == Float(expected))
    }

    /// "ab" stays where "ab cs", 5 tokens with the space, is not completed.
    @Test(arguments: [("ab", 2), ("ab cs", 5), ("ab c", 2), ("ab cc", 2), ("ab b", 2), ("abcs", 0)])
    func aPhraseMayBeginAnother(text: String, expected: Int) {
        #expect(score(text, ["ab", "ab cs"]) == Float(expected))
    }

    /// A search that has lost its way would write it over and over.
    @Test(arguments: [
        ("abc abc", 3), ("abc  abc", 3), ("abc abc abc", 3), ("abc b abc", 3), ("abc ba abc", 5), ("abc ba ba", 5),
    ])
    func aPhraseIsRewardedOnce(text: String, expected: Int) {
        #expect(score(text, ["abc", "ba"]) == Float(expected))
    }

    @Test func aPhraseThatBeginsAnotherIsRewardedOnceToo() {
        #expect(score("ab ab", ["ab", "ab cs"]) == 2)
        #expect(score("ab cs ab", ["ab", "ab cs"]) == 5)
    }

    @Test func phrasesWithoutAnyTokenAreNone() {
        #expect(HotwordTree(["", "  "], for: vocabulary).isEmpty)
        #expect(!HotwordTree(["a"], for: vocabulary).isEmpty)
    }

    /// Of two texts of nearly the same probability the one with the hotword is found.
    @Test func theSearchFindsTheWord() throws {
        let (a, b, end) = (vocabulary.tokens(of: "a")[0], vocabulary.tokens(of: "b")[0], vocabulary.endOfSentence)
        let count = vocabulary.count
        let scorer = {
            TableScorer { prefix in
                var row = [Float](repeating: -20, count: count)
                row[prefix.isEmpty ? a : end] = -0.5
                if prefix.isEmpty { row[b] = -1 }
                return row
            }
        }
        let search = BeamSearch(beamSize: 2, maximumLength: 4, tokens: WritableTokens(vocabulary))
        let plain = try search([WeightedScorer("table", scorer(), weight: 1)])
        let hotwords = HotwordScorer(HotwordTree(["b"], for: vocabulary), boost: 1)
        let helped = try search([
            WeightedScorer("table", scorer(), weight: 1), WeightedScorer("hotwords", hotwords, weight: 1),
        ])
        #expect(plain[0].tokens == [a] && helped[0].tokens == [b])
        // -1 and -0.5 of the table, 1 of the word.
        #expect(helped[0].scores == [-1.5, 1] && helped[0].logProbability == -0.5)
    }

    /// After the first letter of "abc" the second hopes for two nats; at the beginning of a word the first one hopes for one.
    @Test func aBeginningHopes() {
        let (a, b, s) = (vocabulary.tokens(of: "a")[0], vocabulary.tokens(of: "b")[0], vocabulary.tokens(of: "s")[0])
        let scorer = HotwordScorer(HotwordTree(["abc", "s"], for: vocabulary), boost: 1)
        #expect(scorer.hopes()[0].map(\.token) == [a, s] && scorer.hopes()[0].map(\.value) == [1, 1])
        _ = scorer.scores()
        scorer.select(parents: [0, 0], tokens: [a, b])
        let hopes = scorer.hopes()
        #expect(hopes[0].map(\.token) == [b] && hopes[0].map(\.value) == [2] && hopes[1].isEmpty)
    }

    /// A beam of one. "b" alone is 1.9 nats less probable than "a", and hopes for 3 of "bc": where "c" follows, -2.1 and twice the boost
    /// win; where it does not, "a" has not been driven out.
    @Test(arguments: [true, false]) func aHopeDrivesNothingOut(cFollows: Bool) throws {
        let (a, b, c) = (vocabulary.tokens(of: "a")[0], vocabulary.tokens(of: "b")[0], vocabulary.tokens(of: "c")[0])
        let (end, count) = (vocabulary.endOfSentence, vocabulary.count)
        let table = TableScorer { prefix in
            var row = [Float](repeating: -50, count: count)
            switch prefix {
            case []: (row[a], row[b]) = (-0.1, -2)
            case [b]: (row[c], row[end]) = (cFollows ? -0.1 : -40, -30)
            default: row[end] = 0
            }
            return row
        }
        let hotwords = HotwordScorer(HotwordTree(["bc"], for: vocabulary), boost: 3)
        let search = BeamSearch(beamSize: 1, maximumLength: 4, tokens: WritableTokens(vocabulary))
        let found = try search([
            WeightedScorer("table", table, weight: 1), WeightedScorer("hotwords", hotwords, weight: 1),
        ])[0]
        #expect(found.tokens == (cFollows ? [b, c] : [a]))
        expectClose([found.logProbability], [cFollows ? 3.9 : -0.1], relative: 1e-5)
    }
}
