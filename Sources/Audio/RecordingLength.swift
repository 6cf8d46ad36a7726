/// How long a recording is, by its header or counted: which samples a span of it covers, and how many samples come of them.
public struct RecordingLength: Sendable, Hashable {
    /// Hz.
    public let sampleRate: Int
    public let channelCount: Int
    /// Samples per channel; nil where only decoding tells.
    public let frameCount: Int?

    public init(sampleRate: Int, channelCount: Int, frameCount: Int?) {
        precondition(sampleRate > 0, "RecordingLength: a sample rate of \(sampleRate) Hz")
        self.sampleRate = sampleRate
        self.channelCount = channelCount
        self.frameCount = frameCount
    }

    /// By how much a span may reach beyond the end of its recording: the times in segment files are rounded.
    static let largestOvershoot = 0.5  // seconds

    /// How many samples `AudioFile.waveform` gives for a span, exactly; nil where only decoding tells.
    ///
    /// - Parameters:
    ///   - rate: of the result, in Hz.
    ///   - name: the recording, for errors.
    /// - Throws: `AudioError` for a span outside the recording.
    public func sampleCount(
        startInSeconds: Double? = nil, durationInSeconds: Double? = nil, at rate: Int, name: String
    ) throws(AudioError) -> Int? {
        let span = try span(startInSeconds: startInSeconds, durationInSeconds: durationInSeconds, name: name)
        guard let frameCount else { return nil }
        let count = max(0, min(frameCount, span.upperBound) - span.lowerBound)
        return Resampler.outputCount(inputCount: count, from: sampleRate, to: rate)
    }

    /// The samples per channel that a span in seconds covers; the upper bound of an open span is beyond any file.
    ///
    /// - Throws: `AudioError` for times that are none, and for a span outside the recording.
    func span(startInSeconds: Double?, durationInSeconds: Double?, name: String) throws(AudioError) -> Range<Int> {
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
            throw outsideError(span: first..<last, endInSamples: frameCount, name: name)
        }
        if let frameCount, durationInSeconds != nil,
            Double(last - frameCount) > Self.largestOvershoot * Double(sampleRate)
        {
            throw outsideError(span: first..<last, endInSamples: frameCount, name: name)
        }
        return first..<last
    }

    /// What is wrong with a span that ends after the recording.
    func outsideError(span: Range<Int>, endInSamples: Int, name: String) -> AudioError {
        let rate = Double(sampleRate)
        return AudioError(
            .outOfRange, path: name,
            reason: "lasts \(Double(endInSamples) / rate) s, but the span from \(Double(span.lowerBound) / rate) s to "
                + "\(Double(span.upperBound) / rate) s was asked for",
            hint: "correct the times of this segment")
    }
}

extension AudioFile {
    /// How long the recording is. MP3 has no count of its samples, only an estimate or a tag that encoders fill in differently:
    /// its length is not known before it is decoded.
    public var length: RecordingLength {
        RecordingLength(
            sampleRate: sampleRate, channelCount: channelCount, frameCount: isMPEG ? nil : frameCount)
    }
}
