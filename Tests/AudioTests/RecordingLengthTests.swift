import Audio
import Numerics
import TestSupport
import Testing

@Suite struct RecordingLengthTests {
    /// libsoxr is the reference: every length up to 200, and some hundred random ones, at rates up and down, with halves to round
    /// (32,000 to 16,000 Hz) and rates without a small common factor.
    @Test(arguments: [
        (8_000, 16_000), (11_025, 16_000), (16_000, 16_000), (22_050, 16_000), (24_000, 16_000), (32_000, 16_000),
        (44_100, 16_000), (48_000, 16_000), (96_000, 16_000), (16_000, 8_000), (48_000, 8_000), (44_100, 8_000),
        (15_999, 16_000), (16_001, 16_000), (768_000, 8_000),
    ])
    func theResamplerGivesAsManySamplesAsAreForetold(rates: (from: Int, to: Int)) throws {
        var generator = RandomKey(seed: 7).derived(rates.from).generator
        let counts = Array(0...200) + (0..<100).map { _ in Int(generator.next() % 200_000) }
        for count in counts {
            let resampler = try Resampler(from: rates.from, to: rates.to)
            let output = try resampler.process([Float](repeating: 0.1, count: count)) + resampler.finish()
            #expect(
                output.count == Resampler.outputCount(inputCount: count, from: rates.from, to: rates.to), "\(count)")
        }
    }

    /// What the header says is what decoding gives, in every format, for the whole file and for stretches; of MP3 nothing is said.
    @Test(arguments: AudioWriter.Format.all) func headersTellTheLengthThatDecodingGives(format: AudioWriter.Format)
        throws
    {
        let folder = try TemporaryFolder()
        let rate = 24_000  // Opus has this one, and 16 kHz are two thirds of it
        let path = try AudioWriter.write(
            AudioWriter.sine(sampleRate: rate, count: 40_001), to: "\(folder.path)/sound", format: format.code,
            sampleRate: rate)
        let length = try AudioFile(path: path).length
        #expect((length.frameCount == nil) == (format.name == "MP3"))
        let spans: [(start: Double?, duration: Double?)] = [
            (nil, nil), (nil, 0.5), (0.25, nil), (0.1234, 0.7), (1, 1),
        ]
        for span in spans {
            let count = try length.sampleCount(
                startInSeconds: span.start, durationInSeconds: span.duration, at: 16_000, name: path)
            let waveform = try AudioFile.waveform(
                path: path, startInSeconds: span.start, durationInSeconds: span.duration)
            if let count { #expect(count == waveform.samples.count, "\(span)") }
        }
    }

    /// A stretch that lies outside is the same error as when it is decoded.
    @Test func aStretchOutsideIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = try AudioWriter.write(AudioWriter.sine(count: 16_000), to: "\(folder.path)/sound")
        let length = try AudioFile(path: path).length
        for (start, duration) in [(2.0, 1.0), (0.5, 1.1), (-1, 1), (0, -1)] {
            let foretold = #expect(throws: AudioError.self) {
                try length.sampleCount(startInSeconds: start, durationInSeconds: duration, at: 16_000, name: path)
            }
            let decoded = #expect(throws: AudioError.self) {
                try AudioFile.waveform(path: path, startInSeconds: start, durationInSeconds: duration)
            }
            #expect(foretold == decoded)
        }
    }
}
