extension AudioFile {
    /// By how much a span may reach beyond the end of its recording: the times in segment files are rounded.
    static let largestOvershoot = 0.5  // seconds

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
        let span = try file.span(startInSeconds: startInSeconds, durationInSeconds: durationInSeconds)
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
        if !endIsExpected, Double(remaining) > largestOvershoot * Double(file.sampleRate) {
            throw file.outsideError(span: span, endInSamples: span.upperBound - remaining)
        }
        return Waveform(samples: samples, sampleRate: sampleRate)
    }

    /// The samples per channel that a span in seconds covers; the upper bound of an open span is beyond any file.
    private func span(startInSeconds: Double?, durationInSeconds: Double?) throws(AudioError) -> Range<Int> {
        let start = startInSeconds ?? 0  // seconds
        let duration = durationInSeconds ?? 1e9  // seconds: 31 years
        guard start >= 0, start < 1e9, duration > 0, duration <= 1e9 else {
            throw AudioError(
                .outOfRange, path: name, reason: "a span from \(start) s lasting \(duration) s was asked for",
                hint: "times must be positive numbers of seconds")
        }
        let first = Int((start * Double(sampleRate)).rounded())
        let last = Int(((start + duration) * Double(sampleRate)).rounded())
        if let frameCount, first > 0, first >= frameCount {
            throw outsideError(span: first..<last, endInSamples: frameCount)
        }
        if let frameCount, durationInSeconds != nil,
            Double(last - frameCount) > Self.largestOvershoot * Double(sampleRate)
        {
            throw outsideError(span: first..<last, endInSamples: frameCount)
        }
        return first..<last
    }

    private func outsideError(span: Range<Int>, endInSamples: Int) -> AudioError {
        let rate = Double(sampleRate)
        return AudioError(
            .outOfRange, path: name,
            reason: "lasts \(Double(endInSamples) / rate) s, but the span from \(Double(span.lowerBound) / rate) s to "
                + "\(Double(span.upperBound) / rate) s was asked for",
            hint: "correct the times of this segment")
    }
}
