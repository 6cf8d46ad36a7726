extension AudioFile {
    /// Decodes a file, or a span of it, at the sample rate asked for.
    ///
    /// Memory is that of the result and one block, whatever the length of the file.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - sampleRate: of the result, in Hz; the file is resampled if it has another.
    ///   - channel: the channel to read, counted from 1; nil for the mean of all.
    ///   - startInSeconds: where the span begins; nil for the beginning of the file.
    ///   - durationInSeconds: how long the span is; nil for all that follows. It may end up to half a second after the file.
    /// - Throws: `AudioError`, also for a span outside the file.
    public static func waveform(
        path: String, sampleRate: Int = 16_000, channel: Int? = nil,
        startInSeconds: Double? = nil, durationInSeconds: Double? = nil
    ) throws(AudioError) -> Waveform {
        let file = try AudioFile(path: path, channel: channel)
        // Here an MP3 file's estimate will do: its end is found by reading.
        let length = RecordingLength(
            sampleRate: file.sampleRate, channelCount: file.channelCount, frameCount: file.frameCount)
        let span = try length.span(
            startInSeconds: startInSeconds, durationInSeconds: durationInSeconds, name: file.name)
        if span.lowerBound > 0 { try file.seek(to: span.lowerBound) }

        let resampler = try Resampler(from: file.sampleRate, to: sampleRate)
        var samples: [Float] = []
        if let knownEnd = file.frameCount.map({ min($0, span.upperBound) }) {
            let expected = Double(knownEnd - span.lowerBound) * Double(sampleRate) / Double(file.sampleRate)
            // A header may lie: what it claims beyond ten minutes is believed only when it comes.
            samples.reserveCapacity(Int(min(expected + 1_024, Double(600 * sampleRate))))
        }
        var remaining = span.count
        while remaining > 0, let block = try file.readBlock(maximumCount: min(remaining, 32_768)) {
            samples += try resampler.process(block)
            remaining -= block.count
        }
        samples += try resampler.finish()
        let endIsExpected = durationInSeconds == nil
        if !endIsExpected, Double(remaining) > RecordingLength.largestOvershoot * Double(file.sampleRate) {
            throw length.outsideError(
                span: span, endInSamples: span.upperBound - remaining, name: file.name)
        }
        return Waveform(samples: samples, sampleRate: sampleRate)
    }
}
