import Recognition
import TestSupport
import Testing
import Text

/// Rules over a vocabulary of 256 bytes: token 32 is a space, 256 the end, 257 the start, 99 languages, then translate and so on.
@Suite struct WhisperRulesTests {
    private static let tokenizer: WhisperTokenizer = {
        do {
            let special = WhisperTokens(ordinaryCount: 256, isMultilingual: false)
            let bytes = (0..<256).map { [UInt8($0)] }
            return try WhisperTokenizer(BytePairVocabulary(tokens: bytes), special: special)
                .asking(for: .transcribe, in: .english, timestamps: true)
        } catch {
            preconditionFailure("\(error)")
        }
    }()
    private var special: WhisperTokens { Self.tokenizer.special }
    private func time(_ step: Int) -> Int { special.firstTimestamp + step }

    /// The tokens that may be next where all tokens are equally probable, but `likely` ones much more.
    private func allowed(
        after tokens: [Int], likely: [Int] = [], latestStart: Double? = 1, timestamps: Bool = true
    ) throws -> Set<Int> {
        var tokenizer = Self.tokenizer
        tokenizer.hasTimestamps = timestamps
        let rules = WhisperRules(tokenizer, suppressedTokens: [65], latestStartInSeconds: latestStart)
        // 1501 timestamps together would outweigh any letter, were each as probable as one.
        var logits = (0..<special.count).map { Float($0 >= special.firstTimestamp ? -20 : 0) }
        for token in likely { logits[token] = 20 }
        logits.withUnsafeMutableBufferPointer { rules.apply(to: $0, after: tokens) }
        return Set(logits.indices.filter { logits[$0] > -.infinity })
    }

    // Wherever it stands, also behind the last whole vector.
    @Test(arguments: [0, 1, 15, 16, 17, 40]) func largest(count: Int) {
        for place in 0...count {
            var values = (0..<count).map { $0 == place ? Float(-1) : -2 - Float($0) }
            let found = values.withUnsafeMutableBufferPointer { WhisperRules.largest($0[...]) }
            #expect(found == values.max() ?? -.infinity)
        }
    }

    @Test func beginsWithATimestampWithinTheFirstSecond() throws {
        #expect(try allowed(after: []) == Set(time(0)...time(50)))
        #expect(try allowed(after: [], latestStart: nil) == Set(special.timestamps))
    }

    @Test func suppressedTokensAndNoTimestampsAreNeverNext() throws {
        let next = try allowed(after: [time(0), 66])
        #expect(!next.contains(65) && !next.contains(special.noTimestamps))
        #expect(next.contains(66) && next.contains(32) && next.contains(special.endOfText))
    }

    // <|0.00|> b <|0.10|>: a segment has ended: what follows is the beginning of the next one, or the end.
    @Test func afterTheEndOfASegment() throws {
        let next = try allowed(after: [time(0), 66, time(5)])
        #expect(next.contains(special.endOfText))
        #expect(next.filter { $0 < special.endOfText }.isEmpty)
        // It may begin at the very time at which the last one ended, not before.
        #expect(next.filter { $0 >= special.firstTimestamp } == Set(time(5)...time(1500)))
    }

    // <|0.00|> b <|0.10|><|0.10|>: a segment has begun: text, no timestamp.
    @Test func afterTheBeginningOfASegment() throws {
        let next = try allowed(after: [time(0), 66, time(5), time(5)])
        #expect(next.contains(66) && next.contains(special.endOfText))
        #expect(next.filter { $0 >= special.firstTimestamp }.isEmpty)
        // So it is behind the first timestamp of all.
        #expect(try allowed(after: [time(3)]).filter { $0 >= special.firstTimestamp }.isEmpty)
    }

    // No segment is empty: <|0.10|> b may end at 0.12 s at the earliest; at the end of 30 s there is no later one.
    @Test func timesGoForward() throws {
        let next = try allowed(after: [time(5), 66])
        #expect(next.filter { $0 >= special.firstTimestamp } == Set(time(6)...time(1500)))
        #expect(try allowed(after: [time(1500), 66]).filter { $0 >= special.firstTimestamp }.isEmpty)
    }

    // Two timestamps of e^20 / 2 each are together as probable as one letter of e^20 and outweigh a letter of less.
    @Test func timestampsTogetherOutweighText() throws {
        #expect(
            try allowed(after: [time(0), 66], likely: [time(9), time(10)]).allSatisfy { $0 >= special.firstTimestamp })
        #expect(try allowed(after: [time(0), 66], likely: [66]).contains(66))
    }

    // Without timestamps only single tokens are ruled out; a text begins neither with a space nor with its end.
    @Test func withoutTimestamps() throws {
        let first = try allowed(after: [], timestamps: false)
        #expect(!first.contains(32) && !first.contains(special.endOfText) && first.contains(66))
        let next = try allowed(after: [66], timestamps: false)
        #expect(next.contains(32) && next.contains(special.endOfText) && !next.contains(65))
    }
}

@Suite struct WhisperSegmentsTests {
    private let special = WhisperTokens(ordinaryCount: 256, isMultilingual: false)
    private func time(_ step: Int) -> Int { special.firstTimestamp + step }
    private func cut(_ tokens: [Int], frameCount: Int = 3000) -> WhisperSegments {
        WhisperSegments(tokens, frameCount: frameCount, frameInSeconds: 0.01, special)
    }

    // <|0.00|> a <|2.00|><|3.00|> b <|5.00|><|5.00|>: two segments; what comes next begins at 5 s, 500 frames on.
    @Test func consecutiveTimestamps() {
        let first = [time(0), 97, time(100)]
        let second = [time(150), 98, time(250)]
        let result = cut(first + second + [time(250)])
        #expect(result.segments.map(\.tokens) == [first, second])
        #expect(result.segments.map(\.startInSeconds) == [0, 3])
        #expect(result.segments.map(\.endInSeconds) == [2, 5])
        #expect(result.advance == 500 && !result.endsInOneTimestamp)
    }

    // What stands behind the last pair is not complete: it is heard again.
    @Test func theUnfinishedSegmentIsLeft() {
        let result = cut([time(0), 97, time(100), time(100), 98, 99])
        #expect(result.segments.map(\.tokens) == [[time(0), 97, time(100)]])
        #expect(result.advance == 200)
    }

    // A single timestamp at the end: nothing is said behind it, so that the whole window is done.
    @Test func oneTimestampAtTheEnd() {
        let result = cut([time(0), 97, time(100), time(150), 98, time(250)], frameCount: 2900)
        #expect(result.segments.count == 2 && result.advance == 2900 && result.endsInOneTimestamp)
    }

    // No pairs: one segment, to the last timestamp if there is one behind 0, otherwise to the end of the window.
    @Test func oneSegment() {
        #expect(cut([time(0), 97, time(100)]).segments.map(\.endInSeconds) == [2])
        #expect(cut([time(0), 97]).segments.map(\.endInSeconds) == [30])
        #expect(cut([97], frameCount: 1200).segments.map(\.endInSeconds) == [12])
        #expect(cut([time(0), 97, time(100)]).advance == 3000)
        #expect(cut([], frameCount: 50).segments == [.init(startInSeconds: 0, endInSeconds: 0.5, tokens: [])])
    }
}
