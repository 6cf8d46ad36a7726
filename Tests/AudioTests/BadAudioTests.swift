import Audio
import CSndFile
import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What is not sound gets one line that names the file, the place and what to do.
@Suite("Bad audio")
struct BadAudioTests {
    /// The error of reading a file to its end; nil if there is none.
    private func failure(_ path: String, channel: Int? = nil) -> AudioError? {
        do throws(AudioError) {
            _ = try AudioFile.waveform(path: path, channel: channel)
            return nil
        } catch {
            #expect(error.description.hasPrefix("\(path): "))
            #expect(!error.description.contains("\n"))
            return error
        }
    }

    @Test("missing, a folder, a device, unreadable, empty")
    func noFile() throws {
        try TemporaryFolder.with { folder in
            let missing = failure("\(folder)/none.wav")
            #expect(missing?.description == "\(folder)/none.wav: there is no such file; check the path")
            #expect(failure(folder)?.reason == "is a folder, not an audio file")
            #expect(failure("/dev/null")?.reason == "is a device, not an audio file")
            let empty = try TestFiles.write([], to: "empty.wav", in: folder)
            #expect(
                failure(empty)?.description == "\(empty): the file is empty (0 bytes); record or download it again")
            guard geteuid() != 0 else { return }  // root may read everything
            chmod(empty, 0)
            #expect(failure(empty)?.code == .unreadable)
        }
    }

    @Test("not audio")
    func notAudio() throws {
        try TemporaryFolder.with { folder in
            for (name, bytes) in [
                ("notes.wav", Array("This is a text and no sound at all, whatever its name says.\n".utf8)),
                ("zeros.mp3", [UInt8](repeating: 0, count: 4_096)),
                // By its name libsndfile would take this for headerless speech.
                ("speech.gsm", Array("neither is this, although the name is that of a codec".utf8)),
                ("one.flac", [0x66]),
            ] {
                let path = try TestFiles.write(bytes, to: name, in: folder)
                #expect(failure(path)?.code == .notAudio, "\(name)")
            }
        }
    }

    @Test("cut short", arguments: AudioWriter.Format.all)
    func truncated(format: AudioWriter.Format) throws {
        try TemporaryFolder.with { folder in
            // Two tones, so that the coders have something to do.
            let samples = zip(AudioWriter.sine(count: 64_000), AudioWriter.sine(frequency: 3_111, count: 64_000)).map {
                ($0 + $1) / 2
            }
            let whole = try AudioWriter.write(samples, to: "\(folder)/whole", format: format.code)
            #expect(failure(whole) == nil)
            let bytes = [UInt8](try TestFiles.read(whole))
            for fraction in [0.3, 0.5, 0.9, 0.99] {
                let count = Int(Double(bytes.count) * fraction)
                let path = try TestFiles.write(Array(bytes.prefix(count)), to: "cut-\(count)", in: folder)
                let error = failure(path)
                #expect(error?.code == .truncated, "\(format.name) at \(fraction): \(error?.description ?? "accepted")")
            }
        }
    }

    @Test("cut in the header", arguments: AudioWriter.Format.all)
    func headerCut(format: AudioWriter.Format) throws {
        try TemporaryFolder.with { folder in
            let whole = try AudioWriter.write(
                AudioWriter.sine(count: 8_000), to: "\(folder)/whole", format: format.code)
            let bytes = [UInt8](try TestFiles.read(whole))
            for count in [4, 8, 12, 20, 27, 30, 43, 44, 60, 100] where count < bytes.count {
                let path = try TestFiles.write(Array(bytes.prefix(count)), to: "cut-\(count)", in: folder)
                let error = failure(path)
                #expect(error != nil, "\(format.name) of \(count) bytes was accepted")
            }
        }
    }

    @Test("a WAV header with 0 channels, and one with an absurd rate")
    func impossibleHeaders() throws {
        try TemporaryFolder.with { folder in
            let silent = try TestFiles.write(wav(channelCount: 0), to: "none.wav", in: folder)
            #expect(failure(silent)?.code == .invalidHeader, "\(failure(silent)?.description ?? "accepted")")
            for rate in [0, 1, 4_000_000_000] as [UInt32] {
                let path = try TestFiles.write(wav(sampleRate: rate), to: "rate.wav", in: folder)
                #expect(
                    failure(path)?.code == .invalidHeader, "\(rate) Hz: \(failure(path)?.description ?? "accepted")")
            }
        }
    }

    @Test("NaN, infinite and enormous samples name their place", arguments: [Float.nan, .infinity, -.infinity, 1e30])
    func invalidSamples(value: Float) throws {
        try TemporaryFolder.with { folder in
            var samples = AudioWriter.sine(count: 50_000)
            samples[40_000] = value
            let path = try AudioWriter.write(samples, to: "\(folder)/a.wav", format: SF_FORMAT_WAV | SF_FORMAT_FLOAT)
            let error = failure(path)
            #expect(error?.code == .invalidSample)
            #expect(error?.reason == "sample 40000 is \(value), which is not sound")

            let stereo = try AudioWriter.write(
                samples, to: "\(folder)/b.wav", format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, channelCount: 2)
            #expect(failure(stereo)?.reason == "sample 20000 of channel 1 is \(value), which is not sound")
        }
    }

    @Test(
        "streamed WAV files, whose length is a placeholder, are whole",
        arguments: [0x7FFF_F000, 0xFFFF_FFFF] as [UInt32])
    func placeholderLengths(length: UInt32) throws {
        try TemporaryFolder.with { folder in
            let path = try TestFiles.write(wav(dataByteCount: length), to: "streamed.wav", in: folder)
            #expect(try AudioFile.waveform(path: path).samples.count == 1_000)
        }
    }

    /// What a `ds64` chunk says about the samples, and the end of file that follows: 80 bytes of header before them, and no
    /// number above the largest one.
    @Test(
        "RF64 that promises more than any file holds",
        arguments: [
            (UInt64(3_000), 3_080), (UInt64(Int.max), Int.max), (UInt64(Int.max) - 79, Int.max),
            (0x7FFF_FFFF_FFFF_FF00, 0x7FFF_FFFF_FFFF_FF50), (1 << 63, Int.max), (UInt64.max, Int.max),
        ])
    func enormousRF64(dataByteCount: UInt64, end: Int) throws {
        try TemporaryFolder.with { folder in
            let whole = try TestFiles.write(rf64(dataByteCount: 2_000), to: "whole.wav", in: folder)
            #expect(try AudioFile.waveform(path: whole).samples.count == 1_000)
            let path = try TestFiles.write(rf64(dataByteCount: dataByteCount), to: "enormous.wav", in: folder)
            #expect(failure(path)?.code == .truncated)
            #expect(failure(path)?.reason == "ends at byte 2080, but its header promises \(end)")
        }
    }

    /// Each byte of each header set to 0, 127, 128 and 255: an error or samples, but never the end of the program.
    @Test("headers with any byte changed", arguments: AudioWriter.Format.all)
    func changedHeaders(format: AudioWriter.Format) throws {
        try TemporaryFolder.with { folder in
            let whole = try AudioWriter.write(AudioWriter.sine(count: 800), to: "\(folder)/whole", format: format.code)
            let bytes = [UInt8](try TestFiles.read(whole))
            for index in 0..<min(bytes.count, 120) {
                for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var changed = bytes
                    changed[index] = value
                    let path = try TestFiles.write(changed, to: "changed", in: folder)
                    if failure(path) == nil {
                        let waveform = try AudioFile.waveform(path: path)
                        #expect(waveform.samples.allSatisfy { $0.isFinite }, "byte \(index) = \(value)")
                    }
                }
            }
        }
    }

    @Test("an interrupted recording, whose header was never completed")
    func unfinished() throws {
        try TemporaryFolder.with { folder in
            let path = try TestFiles.write(wav(dataByteCount: 0), to: "interrupted.wav", in: folder)
            #expect(failure(path)?.code == .invalidHeader)
            #expect(failure(path)?.reason == "its header says that it has no samples, but data follow")
        }
    }

    @Test("silence and 10 ms are no errors")
    func shortAndSilent() throws {
        try TemporaryFolder.with { folder in
            let silence = try AudioWriter.write([Float](repeating: 0, count: 16_000), to: "\(folder)/silence.wav")
            #expect(try AudioFile.waveform(path: silence).samples == [Float](repeating: 0, count: 16_000))
            let short = try AudioWriter.write(
                AudioWriter.sine(sampleRate: 8_000, count: 80), to: "\(folder)/short.wav", sampleRate: 8_000)
            #expect(try AudioFile.waveform(path: short).samples.count == 160)
            let none = try AudioWriter.write([], to: "\(folder)/none.wav")
            #expect(try AudioFile.waveform(path: none).samples.isEmpty)
        }
    }

    private func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<(Value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
    }

    /// A WAV file of 1000 16-bit samples with whatever its header claims.
    private func wav(channelCount: UInt16 = 1, sampleRate: UInt32 = 16_000, dataByteCount: UInt32 = 2_000) -> [UInt8] {
        Array("RIFF".utf8) + bytes(UInt32(36) &+ dataByteCount) + Array("WAVE".utf8)
            + format(channelCount: channelCount, sampleRate: sampleRate) + Array("data".utf8) + bytes(dataByteCount)
            + [UInt8](repeating: 0x11, count: 2_000)
    }

    /// The same as RF64 (EBU Tech 3306): 32-bit lengths of FFFFFFFF, the true ones in a chunk `ds64`.
    private func rf64(dataByteCount: UInt64) -> [UInt8] {
        let lengths = bytes(72 &+ dataByteCount) + bytes(dataByteCount) + bytes(UInt64(1_000)) + bytes(UInt32(0))
        return Array("RF64".utf8) + bytes(UInt32.max) + Array("WAVEds64".utf8) + bytes(UInt32(lengths.count)) + lengths
            + format(channelCount: 1, sampleRate: 16_000) + Array("data".utf8) + bytes(UInt32.max)
            + [UInt8](repeating: 0x11, count: 2_000)
    }

    private func format(channelCount: UInt16, sampleRate: UInt32) -> [UInt8] {
        Array("fmt ".utf8) + bytes(UInt32(16)) + bytes(UInt16(1)) + bytes(channelCount) + bytes(sampleRate)
            + bytes(sampleRate &* 2 &* UInt32(channelCount)) + bytes(2 * channelCount) + bytes(UInt16(16))
    }

    @Test("a file that grows, vanishes or is cut while it is read")
    func changesMeanwhile() throws {
        try TemporaryFolder.with { folder in
            // 100,000 samples are more than any buffer in between holds.
            let samples = AudioWriter.sine(count: 100_000)
            func opened(_ change: (String) -> Void) throws -> AudioFile {
                let path = try AudioWriter.write(samples, to: "\(folder)/a.wav")
                let file = try AudioFile(path: path)
                #expect(try file.readBlock(maximumCount: 1_000)?.count == 1_000)
                change(path)
                return file
            }
            func rest(_ file: AudioFile) throws -> Int {
                var count = 0
                while let block = try file.readBlock() { count += block.count }
                return count
            }
            let growing = try opened { path in
                let end = open(path, O_WRONLY | O_APPEND)
                _ = write(end, [UInt8](repeating: 1, count: 10_000), 10_000)
                close(end)
            }
            #expect(try rest(growing) == 99_000)
            #expect(try rest(opened { unlink($0) }) == 99_000)
            // 16-bit samples: 50,000 bytes are a quarter of them.
            let cut = try opened { truncate($0, 50_000) }
            #expect(#expect(throws: AudioError.self) { try rest(cut) }?.code == .truncated)
        }
    }
}
