import Audio
import Files
import Recognition
import Testing

@Suite struct AudioSegmenterTests {
    /// 1 Hz would do: at 100 samples a second a 0.2 s stretch is 20 samples.
    private let rate = 100

    @Test func aShortRecordingIsOneSegment() {
        var segmenter = AudioSegmenter(sampleRate: rate)
        #expect(segmenter.add(Array(repeating: 0.5, count: 1_000)).isEmpty)
        let segment = segmenter.finish()
        #expect(segment?.waveform.samples.count == 1_000)
        #expect(segment?.startInSeconds == 0)
        var empty = AudioSegmenter(sampleRate: rate)
        #expect(empty.finish() == nil)
    }

    /// Loud but for 0.5 s of silence from 25 s on: the cut is inside the silence, and nothing is lost.
    @Test func aLongRecordingIsCutWhereItIsQuiet() {
        var samples = [Float](repeating: 0.5, count: 40 * rate)
        for index in 25 * rate..<25 * rate + rate / 2 { samples[index] = 0 }
        var segmenter = AudioSegmenter(sampleRate: rate)
        var segments: [AudioSegmenter.Segment] = []
        for start in stride(from: 0, to: samples.count, by: 333) {
            segments += segmenter.add(Array(samples[start..<min(start + 333, samples.count)]))
        }
        if let last = segmenter.finish() { segments.append(last) }
        #expect(segments.count == 2)
        #expect((25.0...25.5).contains(segments[1].startInSeconds))
        #expect(segments.flatMap(\.waveform.samples) == samples)
    }

    /// Of equal places the last one: at most `quietInSeconds` before the limit.
    @Test(arguments: [30, 16, 1, 0.02]) func segmentsAreAsLongAsAllowed(maximum: Double) {
        let waveform = Waveform(samples: Array(repeating: 0.5, count: 200 * rate), sampleRate: rate)
        let segments = AudioSegmenter.segments(of: waveform, maximumInSeconds: maximum)
        let durations = segments.map(\.waveform.durationInSeconds)
        #expect(durations.allSatisfy { $0 <= maximum })
        #expect(durations.dropLast().allSatisfy { $0 >= maximum - 0.2 })
        #expect(segments.reduce(0) { $0 + $1.waveform.samples.count } == 200 * rate)
    }
}
