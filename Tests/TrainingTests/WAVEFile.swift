/// A WAV file of one channel of 16-bit samples, byte by byte as its format defines it.
func waveFileBytes(samples: [Float], sampleRate: Int) -> [UInt8] {
    func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func bytes(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }
    let data = samples.flatMap { bytes(UInt16(bitPattern: Int16(max(-32_768, min(32_767, $0 * 32_768))))) }
    return Array("RIFF".utf8) + bytes(UInt32(36 + data.count)) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        + bytes(UInt16(1)) + bytes(UInt16(1))  // PCM, one channel
        + bytes(UInt32(sampleRate)) + bytes(UInt32(2 * sampleRate)) + bytes(UInt16(2)) + bytes(UInt16(16))
        + Array("data".utf8) + bytes(UInt32(data.count)) + data
}
