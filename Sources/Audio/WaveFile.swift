/// Writes sound as WAV: one channel of 16 bits.
package enum WaveFile {
    /// The bytes of a file; samples beyond -1...1 are cut off.
    package static func encoded(_ waveform: Waveform) -> [UInt8] {
        func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let rate = UInt32(waveform.sampleRate)
        let length = UInt32(clamping: 2 * waveform.samples.count)
        var file = Array("RIFF".utf8) + bytes(36 + length) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        // PCM, one channel, rate, bytes a second, bytes and bits of a sample
        file +=
            bytes(UInt16(1)) + bytes(UInt16(1)) + bytes(rate) + bytes(2 * rate) + bytes(UInt16(2)) + bytes(UInt16(16))
        file += Array("data".utf8) + bytes(length)
        for sample in waveform.samples { file += bytes(Int16((max(-1, min(1, sample)) * 32_767).rounded())) }
        return file
    }
}
