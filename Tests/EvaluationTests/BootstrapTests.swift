import Evaluation
import Testing

@Suite struct BootstrapTests {
    /// Utterances of ten words with 0...3 errors in turn: mean 1.5, variance 1.25 errors.
    static func utterances(_ count: Int) -> [ErrorCounts] {
        (0..<count).map { ErrorCounts(hits: 10 - $0 % 4, substitutions: $0 % 4) }
    }

    /// With equal lengths the rate of a resample is the mean of n draws: normal with deviation sqrt(1.25 / n) / 10.
    /// 400 utterances are drawn one by one or (few outcomes) as a multinomial, depending on how many differ.
    @Test(arguments: [400, 4000]) func intervalIsTheNormalOne(_ count: Int) throws {
        let interval = try #require(Bootstrap.interval(Self.utterances(count), resampleCount: 20_000))
        let deviation = (1.25 / Double(count)).squareRoot() / 10
        #expect(abs(interval.low - (0.15 - 1.96 * deviation)) < 0.06 * deviation)
        #expect(abs(interval.high - (0.15 + 1.96 * deviation)) < 0.06 * deviation)
    }

    @Test func bothWaysOfDrawingHaveOneDistribution() throws {
        // Unequal lengths; one utterance made unlike all others forces drawing one by one in a small corpus.
        let few = (0..<1000).map { ErrorCounts(hits: 5 + $0 % 3 * 10, substitutions: $0 % 3, deletions: $0 % 2) }
        let many = few.enumerated().map { index, counts in
            // The same errors and words in another split are another value only with another reference length, so add
            // pairs of utterances that cancel: hits that wander from one to the next.
            var changed = counts
            changed.hits += index % 2 == 0 ? index / 8 : -min(changed.hits, index / 8)
            return changed
        }
        let grouped = try #require(Bootstrap.interval(few, resampleCount: 20_000))
        let single = try #require(Bootstrap.interval(few, resampleCount: 20_000, seed: 2))
        #expect(abs(grouped.low - single.low) < 0.0015 && abs(grouped.high - single.high) < 0.0015)
        let drawn = try #require(Bootstrap.interval(many, resampleCount: 2000))
        let rate = many.reduce(ErrorCounts(), +).errorRate
        #expect(drawn.low < rate && rate < drawn.high)
    }

    @Test func sameSeedSameInterval() {
        let utterances = Self.utterances(100)
        #expect(Bootstrap.interval(utterances, seed: 7) == Bootstrap.interval(utterances, seed: 7))
        #expect(Bootstrap.interval(utterances, seed: 7) != Bootstrap.interval(utterances, seed: 8))
    }

    @Test func nothingToResample() {
        #expect(Bootstrap.interval([]) == nil)
        #expect(Bootstrap.interval([ErrorCounts(insertions: 2)]) == nil)
        #expect(Bootstrap.interval(Self.utterances(4), resampleCount: 0) == nil)
    }

    @Test func comparisonOfASystemWithItself() throws {
        let utterances = Self.utterances(50)
        let comparison = try #require(Bootstrap.comparison(utterances, utterances))
        #expect(comparison.difference == 0 && comparison.interval == Bootstrap.Interval(low: 0, high: 0))
        #expect(comparison.probabilityOfImprovement == 0.5 && comparison.pValue == 1)
    }

    @Test func comparisonSeesAClearDifference() throws {
        let first = Self.utterances(200)
        let second = first.map { ErrorCounts(hits: $0.hits + $0.substitutions) }
        let comparison = try #require(Bootstrap.comparison(first, second))
        #expect(abs(comparison.difference + 0.15) < 1e-12)
        #expect(comparison.interval.high < -0.1 && comparison.probabilityOfImprovement == 1 && comparison.pValue == 0)
    }
}
