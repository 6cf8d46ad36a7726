import Recognition
import TestSupport
import Testing

@Suite struct TimeWarpingTests {
    // The cheap way is 0,0 -> 0,1 -> 1,2 -> 2,2: sum 4, any other costs at least 10 more.
    @Test func takesTheCheapestWay() {
        let way = TimeWarping(cost: [1, 1, 20, 20, 20, 1, 20, 20, 1], columnCount: 3)
        #expect(way.rows == [0, 0, 1, 2])
        #expect(way.columns == [0, 1, 2, 2])
    }

    // Every way costs the same per step, so a way with fewer steps is better: the diagonal.
    @Test func equalCostsGoStraight() {
        let way = TimeWarping(cost: [Float](repeating: 1, count: 9), columnCount: 3)
        #expect(way.rows == [0, 1, 2] && way.columns == [0, 1, 2])
    }

    @Test func nothing() {
        #expect(TimeWarping(cost: [], columnCount: 1).rows.isEmpty)
        let row = TimeWarping(cost: [3, 2, 1], columnCount: 3)
        #expect(row.rows == [0, 0, 0] && row.columns == [0, 1, 2])
    }

    // No shorter way than by exhaustion: all ways through random matrices of 4 x 5.
    @Test(arguments: 1...20) func noWayIsCheaper(seed: UInt64) {
        let cost = randomValues(20, seed: seed)
        func cheapest(_ row: Int, _ column: Int) -> Float {
            let here = cost[row * 5 + column]
            if row == 0 && column == 0 { return here }
            var best = Float.infinity
            if row > 0 { best = min(best, cheapest(row - 1, column)) }
            if column > 0 { best = min(best, cheapest(row, column - 1)) }
            if row > 0 && column > 0 { best = min(best, cheapest(row - 1, column - 1)) }
            return best + here
        }
        let way = TimeWarping(cost: cost, columnCount: 5)
        let sum = zip(way.rows, way.columns).reduce(Float(0)) { $0 + cost[$1.0 * 5 + $1.1] }
        expectClose([sum], [cheapest(3, 4)], absolute: 1e-5)
    }
}

@Suite struct WhisperWordsTests {
    private func word(_ text: String, _ start: Double, _ end: Double, tokens: Int = 1) -> TimedWord {
        TimedWord(text: text, tokenCount: tokens, startInSeconds: start, endInSeconds: end, probability: 0.9)
    }

    // Windows of 7: the median of 0 0 0 9 0 0 0 is 0; a step stays a step; at the ends values are reflected.
    @Test func mediansOfFew() {
        #expect(medians([0, 0, 0, 9, 0, 0, 0, 0]) == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(medians([0, 0, 0, 0, 5, 5, 5, 5]) == [0, 0, 0, 0, 5, 5, 5, 5])
        #expect(medians([7, 1, 2]) == [7, 1, 2])
    }

    // The definition, in 4,994 random orders.
    @Test func mediansOfSeven() {
        let values = randomValues(5_000, seed: 8)
        let found = medians(values[...])
        for place in 3..<4_997 { #expect(found[place] == values[place - 3...place + 3].sorted()[3]) }
    }

    // Marks join their words: the opening one the next, the closing ones the one before.
    @Test func punctuation() {
        let words = WhisperWords([
            word(" \"", 0, 0.1), word("Well", 0.1, 0.5), word(",", 0.5, 0.6), word(" no", 0.6, 1), word(".", 1, 1.1),
        ])
        let segment = words.segments([(5, 0, 2)], offset: 10, lastSpeech: 10.3)[0]
        #expect(segment.words.map(\.text) == [" \"Well,", " no."])
        #expect(segment.words.map(\.tokenCount) == [3, 2])
        #expect(segment.words.map(\.startInSeconds) == [10.1, 10.6])
        #expect(segment.startInSeconds == 10.1 && segment.endInSeconds == 11)
    }

    // Durations 0.4, 0.4, 3: the median is 0.4. Behind the end of a sentence a word lasts at most 0.8 s, before its end.
    @Test func aPauseBehindASentence() {
        let words = WhisperWords([word(" no", 0, 0.4), word(".", 0.4, 0.8), word(" Yes", 0.8, 3.8)])
        let segments = words.segments([(2, 0, 0.8), (1, 3, 3.8)], offset: 0, lastSpeech: 0)
        #expect(segments.map { $0.words.map(\.text) } == [[" no."], [" Yes"]])
        #expect(segments[1].words[0].startInSeconds == 3)
        #expect(segments[1].startInSeconds == 3 && segments[1].endInSeconds == 3.8)
    }
}

@Suite struct HallucinationSkipTests {
    private func segment(_ start: Double, _ end: Double, probability: Double) -> WhisperWords.Segment {
        let word = TimedWord(
            text: " word", tokenCount: 1, startInSeconds: start, endInSeconds: end, probability: probability)
        return .init(startInSeconds: start, endInSeconds: end, words: [word])
    }
    private let skip = HallucinationSkip(threshold: 2)

    // One improbable word 5 s behind the window's beginning: it is heard again from there.
    @Test func silenceBeforeAnImprobableWord() {
        let window = HallucinationSkip.Window(
            startInSeconds: 100, durationInSeconds: 30, lastSpeech: 100, recordingInSeconds: 500)
        let decision = skip.decision([segment(105, 106, probability: 0.1)], window)
        #expect(decision == .init(keptCount: 0, nextWindow: 105))
        let trusted = skip.decision([segment(105, 106, probability: 0.9)], window)
        #expect(trusted == .init(keptCount: 1, nextWindow: nil))
    }

    // Words, silence of 9 s, an improbable word, silence: the improbable word goes, and is heard again.
    @Test func betweenSilences() {
        let window = HallucinationSkip.Window(
            startInSeconds: 100, durationInSeconds: 30, lastSpeech: 100, recordingInSeconds: 500)
        let segments = [segment(100, 101, probability: 0.9), segment(110, 110.5, probability: 0.1)]
        #expect(skip.decision(segments, window) == .init(keptCount: 1, nextWindow: 110))
        // At the end of the recording nothing is left to hear.
        let end = HallucinationSkip.Window(
            startInSeconds: 100, durationInSeconds: 29, lastSpeech: 100, recordingInSeconds: 129)
        let last = [segments[0], segment(128, 128.5, probability: 0.1)]
        #expect(skip.decision(last, end) == .init(keptCount: 1, nextWindow: 129))
    }
}
