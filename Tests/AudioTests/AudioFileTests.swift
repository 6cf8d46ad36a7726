import Audio
import CSndFile
import Files
import Glibc
import TestSupport
import Testing

@Suite("AudioFile")
struct AudioFileTests {
    @Test("reads what was written", arguments: AudioWriter.Format.all)
    func formats(format: AudioWriter.Format) throws {
        try TemporaryFolder.with { folder in
            let samples = AudioWriter.sine(count: 16_000)
            // The name says nothing about the content, and does not need to.
            let path = try AudioWriter.write(samples, to: "\(folder)/sound", format: format.code)
            let waveform = try AudioFile.waveform(path: path)
            if let tolerance = format.tolerance {
                expectClose(waveform.samples, samples, absolute: tolerance, format.name)
            } else {
                // MP3 encoders add silence at either end: up to 2 frames of 1152 samples and the decoder's delay of 529.
                #expect((16_000...16_000 + 2 * 1_152 + 529).contains(waveform.samples.count))
                // The mean square of a sine of amplitude 0.5 is 0.125.
                let middle = waveform.samples[4_000..<12_000]
                let energy = middle.reduce(Float(0)) { $0 + $1 * $1 }
                let power = energy / Float(middle.count)
                #expect(abs(power - 0.125) < 0.01, "\(format.name): mean square \(power)")
            }
        }
    }

    @Test("counts and mixes channels, or picks one")
    func channels() throws {
        try TemporaryFolder.with { folder in
            // Three channels: 0.75, 0.25 and -0.25 throughout; the mean is 0.25.
            let samples = (0..<300).map { [Float(0.75), 0.25, -0.25][$0 % 3] }
            let path = try AudioWriter.write(samples, to: "\(folder)/three.wav", channelCount: 3)
            let file = try AudioFile(path: path)
            #expect(file.channelCount == 3 && file.frameCount == 100 && file.sampleRate == 16_000)
            for (channel, expected) in [(nil, Float(0.25)), (1, 0.75), (2, 0.25), (3, -0.25)] {
                let waveform = try AudioFile.waveform(path: path, channel: channel)
                expectClose(waveform.samples, Array(repeating: expected, count: 100), absolute: 1e-4)
            }
            for channel in [0, 4, -1] {
                let error = #expect(throws: AudioError.self) { _ = try AudioFile(path: path, channel: channel) }
                #expect(error?.code == .noSuchChannel)
            }
        }
    }

    @Test("reads in blocks, the last one short")
    func blocks() throws {
        try TemporaryFolder.with { folder in
            let samples = AudioWriter.sine(count: 250)
            let path = try AudioWriter.write(samples, to: "\(folder)/a.wav", format: SF_FORMAT_WAV | SF_FORMAT_FLOAT)
            let file = try AudioFile(path: path)
            var blocks: [[Float]] = []
            while let block = try file.readBlock(maximumCount: 100) { blocks.append(block) }
            #expect(blocks.map(\.count) == [100, 100, 50])
            #expect(blocks.flatMap { $0 } == samples)
        }
    }

    @Test("resamples to the rate asked for", arguments: [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
    func sampleRates(sampleRate: Int) throws {
        try TemporaryFolder.with { folder in
            let path = try AudioWriter.write(
                AudioWriter.sine(sampleRate: sampleRate, count: sampleRate), to: "\(folder)/a.wav",
                format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, sampleRate: sampleRate)
            let waveform = try AudioFile.waveform(path: path)
            #expect(waveform.sampleRate == 16_000 && waveform.samples.count == 16_000)
            #expect(waveform.durationInSeconds == 1)
            let expected = AudioWriter.sine(count: 16_000)
            // At the ends the filter sees silence; 0.1 s from them it must be the same sine.
            expectClose(
                Array(waveform.samples[1_600..<14_400]), Array(expected[1_600..<14_400]), absolute: 1e-5,
                "\(sampleRate) Hz")
        }
    }

    @Test("reads a span", arguments: AudioWriter.Format.all)
    func spans(format: AudioWriter.Format) throws {
        try TemporaryFolder.with { folder in
            let path = try AudioWriter.write(
                AudioWriter.sine(frequency: 441, count: 48_000), to: "\(folder)/a", format: format.code)
            let whole = try AudioFile.waveform(path: path)
            let span = try AudioFile.waveform(path: path, startInSeconds: 1.25, durationInSeconds: 0.5)
            #expect(span.samples.count == 8_000)
            // Exact where samples are stored as they are; a coder that starts in the middle settles first.
            expectClose(
                Array(span.samples[800...]), Array(whole.samples[20_800..<28_000]),
                absolute: format.tolerance == nil ? 2e-3 : 0, format.name)
            let tail = try AudioFile.waveform(path: path, startInSeconds: 2)
            #expect(tail.samples.count == whole.samples.count - 32_000)
        }
    }

    @Test("refuses a span outside the file")
    func spanOutside() throws {
        try TemporaryFolder.with { folder in
            let path = try AudioWriter.write(AudioWriter.sine(count: 16_000), to: "\(folder)/a.wav")
            for (start, duration) in [(1.0, nil), (7, nil), (0.5, 1.5), (-1, 1), (0, 0), (.nan, 1)]
                as [(Double, Double?)]
            {
                let error = #expect(throws: AudioError.self) {
                    try AudioFile.waveform(path: path, startInSeconds: start, durationInSeconds: duration)
                }
                #expect(error?.code == .outOfRange)
            }
            let error = #expect(throws: AudioError.self) {
                try AudioFile.waveform(path: path, startInSeconds: 3, durationInSeconds: 2)
            }
            #expect(
                error?.description == "\(path): lasts 1.0 s, but the span from 3.0 s to 5.0 s was asked for; "
                    + "correct the times of this segment")
            // Times in segment files are rounded: half a second beyond the end is the end.
            let rounded = try AudioFile.waveform(path: path, startInSeconds: 0.5, durationInSeconds: 0.9)
            #expect(rounded.samples.count == 8_000)
        }
    }

    @Test("reads the sample clips")
    func clips() throws {
        for (name, sampleRate, seconds) in [
            ("sentence-slt.opus", 16_000, 2.47...2.47), ("sentence-rms.ogg", 16_000, 2.8...2.9),
            ("sentence-awb.flac", 16_000, 2.47...2.47), ("sentence-espeak.wav", 22_050, 2.82...2.821),
            ("silence.flac", 16_000, 1...1), ("tone-440.flac", 16_000, 1...1),
        ] {
            let path = TestFiles.clip(name)
            let file = try AudioFile(path: path)
            #expect(file.sampleRate == sampleRate && file.channelCount == 1, "\(name)")
            let duration = try AudioFile.waveform(path: path).durationInSeconds
            #expect(seconds.contains(duration), "\(name): \(duration) s")
        }
    }
}
