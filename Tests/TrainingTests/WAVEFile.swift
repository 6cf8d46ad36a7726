/// A WAV file of 16-bit samples, those of all channels one after the other, byte by byte as its format defines it.
func waveFileBytes(samples: [Float], sampleRate: Int, channelCount: Int = 1) -> [UInt8] {
    let data = samples.flatMap { bytes(UInt16(bitPattern: Int16(max(-32_768, min(32_767, $0 * 32_768))))) }
    return waveFileBytes(  // PCM
        data: data, format: 1, sampleSize: 2, sampleRate: sampleRate, channelCount: channelCount)
}

/// A WAV file of one channel of samples in float32, which may be beyond full scale.
func floatWaveFileBytes(samples: [Float], sampleRate: Int) -> [UInt8] {
    waveFileBytes(
        data: samples.flatMap { bytes($0.bitPattern) }, format: 3, sampleSize: 4, sampleRate: sampleRate)
}

private func waveFileBytes(
    data: [UInt8], format: UInt16, sampleSize: Int, sampleRate: Int, channelCount: Int = 1
) -> [UInt8] {
    Array("RIFF".utf8) + bytes(UInt32(36 + data.count)) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        + bytes(format) + bytes(UInt16(channelCount))
        + bytes(UInt32(sampleRate)) + bytes(UInt32(channelCount * sampleSize * sampleRate))
        + bytes(UInt16(channelCount * sampleSize)) + bytes(UInt16(8 * sampleSize)) + Array("data".utf8)
        + bytes(UInt32(data.count))
        + data
}

private func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
