import Recognition
import Testing

@Suite struct SpeechRegionsTests {
    /// Frames at these probabilities, each for so many frames.
    private func frames(_ runs: [(Float, Int)]) -> [Float] {
        runs.flatMap { Array(repeating: $0.0, count: $0.1) }
    }

    private func regions(
        _ runs: [(Float, Int)], silence: Double = 0.5, padding: Double = 0.1, threshold: Float = 0.5, block: Int = .max
    ) -> [SpeechRegion] {
        var options = VoiceActivityOptions()
        options.threshold = threshold
        options.minimumSilenceInSeconds = silence
        options.paddingInSeconds = padding
        var regions = SpeechRegions(options)
        let all = frames(runs)
        for start in stride(from: 0, to: all.count, by: min(block, max(1, all.count))) {
            regions.add(Array(all[start..<min(all.count, start + min(block, all.count))]))
        }
        regions.finish()
        return regions.takeFinished()
    }

    /// 1 s of silence, 1 s of speech with a pause of 0.3 s in it, 1 s of silence; padding of 0.1 s is 10 frames.
    @Test(arguments: [1, 7, 1_000]) func aPauseThatIsShortIsHeard(block: Int) {
        let found = regions([(0, 100), (1, 40), (0, 30), (1, 30), (0, 100)], block: block)
        #expect(found == [SpeechRegion(frames: 90..<210, speech: 100..<200)])
    }

    @Test func aPauseThatIsLongDivides() {
        let found = regions([(0, 100), (1, 40), (0, 50), (1, 30), (0, 100)])
        #expect(
            found == [
                SpeechRegion(frames: 90..<150, speech: 100..<140), SpeechRegion(frames: 180..<230, speech: 190..<220),
            ])
    }

    /// 0.4 is below the threshold of 0.5 and above 0.35, where speech ends.
    @Test func speechEndsAtALowerThresholdThanItBegins() {
        #expect(regions([(0.4, 200)]).isEmpty)
        #expect(regions([(0, 100), (0.4, 50), (0.6, 20), (0.4, 50), (0.3, 100)]).map(\.speech) == [150..<220])
        // Below 0.3 it is half of the threshold.
        #expect(regions([(0, 100), (0.21, 20), (0.11, 50), (0.09, 100)], threshold: 0.2).map(\.speech) == [100..<170])
    }

    @Test func lessThanATenthOfASecondIsNoSpeech() {
        #expect(regions([(0, 100), (1, 9), (0, 100)]).isEmpty)
        #expect(regions([(0, 100), (1, 10), (0, 100)]).count == 1)
    }

    /// At the ends of a recording less than the shortest silence is heard along; more is left out but for the padding.
    @Test func theEndsOfARecording() {
        #expect(regions([(0, 49), (1, 50), (0, 49)]).map(\.frames) == [0..<148])
        #expect(regions([(0, 51), (1, 50), (0, 51)]).map(\.frames) == [41..<111])
        #expect(regions([]).isEmpty && regions([(0, 30)]).isEmpty)
        #expect(regions([(1, 30)]).map(\.frames) == [0..<30])
    }

    /// Padding that is wider than the silence does not make stretches overlap.
    @Test func stretchesDoNotOverlap() {
        let found = regions([(0, 100), (1, 50), (0, 60), (1, 50), (0, 100)], padding: 0.5)
        #expect(found.map(\.frames) == [50..<200, 200..<310])
    }
}

@Suite struct SpeechTimelineTests {
    private let timeline = SpeechTimeline([
        SpeechRegion(frames: 100..<300, speech: 120..<280), SpeechRegion(frames: 500..<700, speech: 520..<680),
    ])

    @Test func whatIsHeardNext() {
        #expect([0, 100, 299, 300, 699, 700].map { timeline.next(from: $0) } == [100, 100, 299, 500, 699, nil])
        #expect(timeline.trimmed(100..<400) == 100..<300)
        #expect(timeline.trimmed(100..<600) == 100..<600)
        #expect(timeline.trimmed(100..<900) == 100..<700)
    }

    @Test func timesOfSpeech() {
        #expect(timeline.speech(in: 0...9) == 1.2...6.8)
        #expect(timeline.speech(in: 1.5...2) == 1.5...2)
        #expect(timeline.speech(in: 2.5...4) == 2.5...2.8)
        #expect(timeline.speech(in: 3.2...4.9) == nil)
    }
}
