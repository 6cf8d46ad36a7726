/// A WAV file, byte by byte: 16-bit samples, or float ones that may be beyond full scale; those of all channels one after the other.
public func waveFile(
    _ samples: [Float], sampleRate: Int = 16_000, isFloat: Bool = false, channelCount: Int = 1
) -> [UInt8] {
    func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    let data =
        isFloat
        ? samples.flatMap { bytes($0.bitPattern) }
        : samples.flatMap { bytes(Int16(max(-32_768, min(32_767, $0 * 32_768)))) }
    let width = isFloat ? 4 : 2
    return Array("RIFF".utf8) + bytes(UInt32(36 + data.count)) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        + bytes(UInt16(isFloat ? 3 : 1)) + bytes(UInt16(channelCount)) + bytes(UInt32(sampleRate))
        + bytes(UInt32(sampleRate * width * channelCount)) + bytes(UInt16(width * channelCount))
        + bytes(UInt16(8 * width))
        + Array("data".utf8) + bytes(UInt32(data.count)) + data
}
