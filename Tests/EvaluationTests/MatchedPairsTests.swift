import Evaluation
import Testing

/// Segments by hand; the whole test against sc_stats is in ScliteTests.
@Suite struct MatchedPairsTests {
    static func operations(_ letters: String) -> [EditOperation] {
        letters.map { ["=": .hit, "S": .substitution, "D": .deletion, "I": .insertion][$0]! }
    }

    @Test func twoRightWordsSeparateSegments() {
        // Segments: S==, ==DS, in the second system =S== and errors 0: differences 1 - 0, then 2 - 1.
        let first = Self.operations("S==DS==")
        let second = Self.operations("===S===")
        let test = MatchedPairsTest([(first: first, second: second)])
        #expect(test.segmentCount == 2)
        #expect(test.meanDifference == 1 && test.standardDeviation == 0 && test.zStatistic == 0 && test.pValue == 1)
    }

    @Test func oneRightWordDoesNot() {
        let test = MatchedPairsTest([(first: Self.operations("S=S=="), second: Self.operations("====="))])
        #expect(test.segmentCount == 1 && test.meanDifference == 2)
    }

    @Test func statistics() {
        // Differences 1, 0, 2: mean 1, deviation 1, z = 1 / (1 / sqrt 3) = 1.7320508, p = 0.0832645 (normal, two-sided).
        let pairs = [("S", "="), ("S", "D"), ("SS", "==")].map {
            (first: Self.operations($0.0), second: Self.operations($0.1))
        }
        let test = MatchedPairsTest(pairs)
        #expect(test.segmentCount == 3 && test.meanDifference == 1 && test.standardDeviation == 1)
        #expect(abs(test.zStatistic - 1.7320508) < 1e-7)
        #expect(abs(test.pValue - 0.0832645) < 1e-6)
    }

    @Test func noErrorsNoSegments() {
        let test = MatchedPairsTest([(first: Self.operations("=="), second: Self.operations("=="))])
        #expect(test.segmentCount == 0 && test.pValue == 1)
    }
}
