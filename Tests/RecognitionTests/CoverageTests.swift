import Recognition
import Testing

@Suite struct CoverageTests {
    @Test func stretchesFollowEachOther() {
        var coverage = Coverage()
        coverage.add(.noSpeech, to: 2)
        coverage.add(.speech, to: 5)
        coverage.add(.speech, to: 7)
        coverage.add(.gap, to: 6, reason: "behind what is covered")
        coverage.add(.gap, to: 8, reason: "one")
        coverage.add(.gap, to: 9, reason: "another")
        #expect(coverage.stretches.map(\.startInSeconds) == [0, 2, 7, 8])
        #expect(coverage.stretches.map(\.endInSeconds) == [2, 7, 8, 9])
        #expect(coverage.stretches.map(\.kind) == [.noSpeech, .speech, .gap, .gap])
        #expect(coverage.gaps.map(\.reason) == ["one", "another"])
    }
}
