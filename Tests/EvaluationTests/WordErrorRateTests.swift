import Evaluation
import Testing

/// Hand-computed cases; every row was also given by jiwer 4.0.0's `process_words`.
@Suite struct WordErrorRateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var reference: String
        var hypothesis: String
        var counts: ErrorCounts
        var rate: Double
        var testDescription: String { "'\(reference)' / '\(hypothesis)'" }
    }

    static let cases = [
        Case(
            reference: "a b c", hypothesis: "a x",
            counts: ErrorCounts(hits: 1, substitutions: 1, deletions: 1), rate: 2.0 / 3),
        Case(reference: "a b c", hypothesis: "a b c", counts: ErrorCounts(hits: 3), rate: 0),
        Case(reference: "a", hypothesis: "b c d", counts: ErrorCounts(substitutions: 1, insertions: 2), rate: 3),
        Case(reference: "a b", hypothesis: "", counts: ErrorCounts(deletions: 2), rate: 1),
        // An empty reference: the rate is the number of inserted words.
        Case(reference: "", hypothesis: "a b", counts: ErrorCounts(insertions: 2), rate: 2),
        Case(reference: "", hypothesis: "", counts: ErrorCounts(), rate: 0),
        // Spaces at the ends and in a row do not count.
        Case(reference: "  a   b ", hypothesis: "a b", counts: ErrorCounts(hits: 2), rate: 0),
        // A single tab does not separate words in jiwer, two white-space characters do.
        Case(reference: "a\tb", hypothesis: "a b", counts: ErrorCounts(substitutions: 1, insertions: 1), rate: 2),
        Case(reference: "a\t b", hypothesis: "a b", counts: ErrorCounts(hits: 2), rate: 0),
    ]

    @Test(arguments: cases) func counts(_ example: Case) {
        let rate = WordErrorRate(reference: example.reference, hypothesis: example.hypothesis)
        #expect(rate.counts == example.counts)
        #expect(rate.rate == example.rate)
    }

    @Test func corpusIsSumOverSums() {
        // (1 of 1 wrong) + (0 of 3 wrong) = 1/4, not the mean 1/2.
        var total = WordErrorRate()
        total += WordErrorRate(reference: "a", hypothesis: "b")
        total += WordErrorRate(reference: "a b c", hypothesis: "a b c")
        #expect(total.rate == 0.25)
        #expect(total.referenceWords == 4)
    }

    @Test func informationMeasures() {
        // H 1, S 1, D 1, I 0: MER 2/3; WIP 1/3 * 1/2 = 1/6.
        let counts = WordErrorRate(reference: "a b c", hypothesis: "a x").counts
        #expect(counts.matchErrorRate == 2.0 / 3)
        #expect(abs(counts.informationPreserved - 1.0 / 6) < 1e-15)
        #expect(abs(counts.informationLost - 5.0 / 6) < 1e-15)
        #expect(ErrorCounts().informationPreserved == 1)
        #expect(ErrorCounts(insertions: 1).informationPreserved == 0)
        #expect(ErrorCounts(insertions: 1).matchErrorRate == 1)
        #expect(ErrorCounts(deletions: 1).informationPreserved == 0)
    }

    @Test func charactersAreUnicodeScalars() {
        // 机器学习 against 机器雪习: one of four wrong.
        #expect(CharacterErrorRate(reference: "机器学习", hypothesis: "机器雪习").rate == 0.25)
        // "e" + combining acute against "é": one substitution, one deletion.
        let accent = CharacterErrorRate(reference: "e\u{301}", hypothesis: "\u{E9}")
        #expect(accent.counts == ErrorCounts(substitutions: 1, deletions: 1))
        // Spaces between words are characters, spaces at the ends are not.
        #expect(
            CharacterErrorRate(reference: " a b\u{3000}", hypothesis: "ab").counts == ErrorCounts(hits: 2, deletions: 1)
        )
    }

    @Test func alignmentShowsBothSides() {
        let alignment = Alignment(reference: "the cat sat", hypothesis: "the hat sat down")
        #expect(alignment.steps.map(\.operation) == [.hit, .substitution, .hit, .insertion])
        #expect(alignment.steps[1].reference == "cat" && alignment.steps[1].hypothesis == "hat")
        #expect(alignment.steps[3].reference == nil && alignment.steps[3].hypothesis == "down")
    }
}
