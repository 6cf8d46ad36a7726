import Evaluation
import Testing
import Text

/// References with alternatives and optional words; counts by hand.
@Suite struct PatternTests {
    static func counts(
        _ reference: String, _ hypothesis: String, _ normalizer: TextNormalizer = .none,
        _ weights: AlignmentWeights = .sclite
    ) throws -> UtteranceScore {
        let record = ScoringRecord(id: "u", reference: reference, hypothesis: hypothesis, hasAlternatives: true)
        return try CorpusScore(
            [record], options: ScoringOptions(normalizer: normalizer, weights: weights)
        ).utterances[0]
    }

    @Test(arguments: AlignmentWeights.allCases) func anyAlternativeIsRight(_ weights: AlignmentWeights) throws {
        for hypothesis in ["um a", "uh a", "a"] {
            let score = try Self.counts("{ um / uh / @ } a", hypothesis, .none, weights)
            #expect(score.words.errors == 0)
            #expect(score.characters.errors == 0)
        }
        #expect(try Self.counts("{ um / uh } a", "a", .none, weights).words == ErrorCounts(hits: 1, deletions: 1))
        #expect(try Self.counts("{ a b / c { d / e } } f", "c e f", .none, weights).words == ErrorCounts(hits: 3))
    }

    @Test(arguments: AlignmentWeights.allCases) func optionalWordsMayBeLeftOut(_ weights: AlignmentWeights) throws {
        // sclite counts the word that may be left out as right.
        #expect(try Self.counts("the (old) farmer", "the farmer", .none, weights).words == ErrorCounts(hits: 3))
        #expect(try Self.counts("the (old) farmer", "the old farmer", .none, weights).words == ErrorCounts(hits: 3))
        // Its characters do not count when it is left out.
        #expect(try Self.counts("the (old) farmer", "the farmer", .none, weights).characters == ErrorCounts(hits: 10))
    }

    @Test func partsAreNormalized() throws {
        #expect(try Self.counts("{ Twenty one / TWO } Miles", "21 miles", .english).words.errors == 0)
        #expect(try Self.counts("{ 机器 / 电脑 } 学习", "电脑学习", .chinese).words == ErrorCounts(hits: 4))
    }

    @Test(arguments: ["{ a / b", "a } b"]) func bracesMustFit(_ reference: String) throws {
        #expect(throws: ScoringError.self) { try Self.counts(reference, "a") }
    }

    @Test func bracesAreWordsWhereTheFormatHasNoAlternatives() throws {
        let record = ScoringRecord(id: "u", reference: "{ a / b }", hypothesis: "a")
        let score = try CorpusScore([record], options: ScoringOptions())
        #expect(score.words == ErrorCounts(hits: 1, deletions: 4))
    }
}
