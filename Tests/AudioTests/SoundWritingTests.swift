import Audio
import Files
import Glibc
import TestSupport
import Testing

/// Sound that is written, and read again by `AudioFile`.
@Suite struct SoundWritingTests {
    /// A second and a half of 440 Hz.
    private let tone = Waveform(
        samples: (0..<24_000).map { 0.5 * sinf(2 * .pi * 440 * Float($0) / 16_000) }, sampleRate: 16_000)

    private func read(_ bytes: [UInt8], _ name: String) throws -> Waveform {
        let folder = try TemporaryFolder()
        try folder.write(name, bytes: bytes)
        return try AudioFile.waveform(path: "\(folder.path)/\(name)")
    }

    // Opus keeps a tone; what is lost lies 20 dB below it.
    @Test func opus() throws {
        let read = try read(OpusFile.encoded(tone), "tone.opus")
        #expect(abs(read.durationInSeconds - 1.5) < 0.001 && read.sampleRate % 8_000 == 0)
        let step = read.sampleRate / 16_000
        let samples = stride(from: 0, to: read.samples.count, by: step).map { read.samples[$0] }
        let middle = 4_000..<20_000
        let error = middle.reduce(Float(0)) { $0 + (samples[$1] - tone.samples[$1]) * (samples[$1] - tone.samples[$1]) }
        let power = middle.reduce(Float(0)) { $0 + tone.samples[$1] * tone.samples[$1] }
        #expect(error < 0.01 * power, "\(error / power) of the power")
    }

    // 16 bits: an error of at most half a step of 1 / 32767, and as much by the scale of the reader.
    @Test func wave() throws {
        let read = try read(WaveFile.encoded(tone), "tone.wav")
        #expect(read.sampleRate == 16_000 && read.samples.count == tone.samples.count)
        #expect(zip(read.samples, tone.samples).allSatisfy { abs($0 - $1) < 1.1 / 32_767 })
        let loud = try self.read(WaveFile.encoded(Waveform(samples: [2, -2], sampleRate: 16_000)), "loud.wav")
        #expect(loud.samples[0] > 0.999 && loud.samples[1] < -0.999)
    }
}
