import Audio
import TestSupport
import Testing

@Suite("LogMelStream")
struct LogMelStreamTests {
    private static func samples(_ count: Int) -> [Float] {
        // Louder and louder: the largest value, by which all others are cut off, comes at the end.
        randomValues(count, seed: 3).enumerated().map { $1 * Float($0 + 1) / Float(count) }
    }

    // Frames that lie in the first window, of which one side is missing; none at all; many.
    @Test(
        "gives bit for bit the frames of the whole recording with silence behind it",
        arguments: [0, 1, 159, 160, 199, 200, 201, 320, 999, 40_000], LogMelSpectrogramTests.kernels)
    func frames(count: Int, kernels: String) throws {
        let configuration = FrontendConfiguration(kind: .whisper, melBinCount: 80)
        let spectrogram = try LogMelSpectrogram(configuration: configuration, kernels: kernels)
        let samples = Self.samples(count)
        let silence = Array(repeating: Float(0), count: 3_200)
        let whole = try spectrogram(Waveform(samples: samples + silence, sampleRate: 16_000))
        let expected = Array(whole.values[..<(count / 160 * 80)])
        for block in [1, 160, 777, 50_000] where count / block < 2_000 {
            var stream = try LogMelStream(spectrogram)
            var values: [Float] = []
            for start in stride(from: 0, to: count, by: block) {
                values += stream.add(Array(samples[start..<min(count, start + block)]))
            }
            values += stream.finish()
            spectrogram.cutOff(&values, largest: stream.largest)
            #expect(values == expected, "blocks of \(block)")
        }
    }

    // A window of 400 samples lies behind 200 that are reflected: never more than what the next frame needs, and the block.
    @Test("holds less than a window, however long the recording is")
    func memory() throws {
        var stream = try LogMelStream(LogMelSpectrogram(configuration: FrontendConfiguration(kind: .whisper)))
        for _ in 0..<100 {
            _ = stream.add(Self.samples(1_000))
            #expect(stream.heldSampleCount < 400)
        }
    }

    @Test("refuses features of Kaldi's kind")
    func kaldi() throws {
        let spectrogram = try LogMelSpectrogram(configuration: FrontendConfiguration(kind: .kaldi))
        #expect(throws: FrontendError.self) { try LogMelStream(spectrogram) }
    }

    /// A Whisper model's recording has 30 s of silence behind it, and none of its own.
    @Test func silenceOfItsOwnIsRefused() throws {
        let spectrogram = try LogMelSpectrogram(configuration: FrontendConfiguration(trailingSilenceInSeconds: 1))
        #expect(throws: FrontendError.self) { try LogMelStream(spectrogram) }
    }
}
