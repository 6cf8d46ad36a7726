import Audio
import TestSupport
import Testing

@Suite("Resampler")
struct ResamplerTests {
    private func resample(_ samples: [Float], from: Int, to: Int, blockLength: Int) throws -> [Float] {
        let resampler = try Resampler(from: from, to: to)
        var output: [Float] = []
        for start in stride(from: 0, to: samples.count, by: blockLength) {
            output += try resampler.process(Array(samples[start..<min(start + blockLength, samples.count)]))
        }
        return output + (try resampler.finish())
    }

    @Test("gives the same bits however the input is cut", arguments: [8_000, 44_100, 48_000])
    func blocks(rate: Int) throws {
        let samples = LogMelSpectrogramTests.chirp(count: 30_000)
        let whole = try resample(samples, from: rate, to: 16_000, blockLength: 30_000)
        #expect(whole.count == Int((30_000.0 * 16_000 / Double(rate)).rounded()))
        for blockLength in [1, 7, 4_096] {
            let pieces = try resample(samples, from: rate, to: 16_000, blockLength: blockLength)
            #expect(pieces == whole, "blocks of \(blockLength)")
        }
    }

    @Test("passes equal rates through, and nothing stays nothing")
    func identity() throws {
        let samples = AudioWriter.sine(count: 100)
        #expect(try resample(samples, from: 16_000, to: 16_000, blockLength: 30) == samples)
        #expect(try resample([], from: 8_000, to: 16_000, blockLength: 30).isEmpty)
    }

    /// 440 Hz at 8000 Hz and at 16000 Hz are the same sound; the filter's ripple is far below 1e-4.
    @Test("keeps a tone and removes what the lower rate cannot hold")
    func tones() throws {
        let low = try resample(
            AudioWriter.sine(sampleRate: 8_000, count: 8_000), from: 8_000, to: 16_000, blockLength: 1_000)
        expectClose(
            Array(low[1_600..<14_400]), Array(AudioWriter.sine(count: 16_000)[1_600..<14_400]), absolute: 1e-5)
        // 10 kHz cannot exist at 16000 Hz; -90 dB of 0.5 is 1.6e-5.
        let high = try resample(
            AudioWriter.sine(frequency: 10_000, sampleRate: 48_000, count: 48_000), from: 48_000, to: 16_000,
            blockLength: 1_000)
        expectClose(Array(high[1_600..<14_400]), [Float](repeating: 0, count: 12_800), absolute: 1.6e-5)
    }
}
