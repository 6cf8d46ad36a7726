import Audio
import Glibc

/// What can be measured of a recording without understanding it.
public struct ClipMeasurement: Sendable, Equatable {
    public var durationInSeconds: Double
    /// Of the file, in Hz.
    public var sampleRate: Int
    /// Channels whose mean was measured.
    public var channelCount: Int
    /// The largest magnitude of a sample; full scale is 1.
    public var peak: Float
    /// Which part of the samples is at or beyond 99.9 % of full scale.
    public var clippedFraction: Double
    /// The level that 5 % of the frames exceed, in dB relative to full scale; -infinity for digital silence.
    public var speechLevel: Double
    /// The level that 90 % of the frames exceed, in dB relative to full scale: the background, if there are pauses.
    public var noiseLevel: Double
    /// From the beginning to the first frame that is not silent; the whole duration when all is silent.
    public var leadingSilenceInSeconds: Double
    /// From the last frame that is not silent to the end.
    public var trailingSilenceInSeconds: Double
    /// The level of the first 20 ms and of the last 20 to 40 ms: near the speech level where a word was cut.
    public var firstLevel: Double
    public var lastLevel: Double
    /// Equal for equal samples: tells copies of a recording.
    public var contentHash: UInt64

    static let frameDurationInSeconds = 0.02
    static let clippingMagnitude: Float = 0.999
    /// Frames this much below the speech level are silent, in dB.
    static let silenceDepth = 30.0
    /// Frames below this level are silent in any case, in dB relative to full scale.
    static let silenceLevel = -60.0

    /// Measures a waveform; the mean of so many channels.
    public init(_ waveform: Waveform, channelCount: Int = 1) {
        let samples = waveform.samples
        durationInSeconds = waveform.durationInSeconds
        sampleRate = waveform.sampleRate
        self.channelCount = channelCount

        var peak: Float = 0
        var clippedCount = 0
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a, a sample at a time.
        for sample in samples {
            let magnitude = abs(sample)
            peak = max(peak, magnitude)
            clippedCount += magnitude >= Self.clippingMagnitude ? 1 : 0
            hash = (hash ^ UInt64(sample.bitPattern)) &* 0x100_0000_01b3
        }
        self.peak = peak
        clippedFraction = samples.isEmpty ? 0 : Double(clippedCount) / Double(samples.count)
        contentHash = hash

        let levels = Self.frameLevels(of: waveform)
        let sorted = levels.sorted()
        let speechLevel = sorted.isEmpty ? -.infinity : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        self.speechLevel = speechLevel
        noiseLevel = sorted.isEmpty ? -.infinity : sorted[sorted.count / 10]
        firstLevel = levels.first ?? -.infinity
        // The last frame may be a rest of a few samples.
        lastLevel = levels.count > 1 ? max(levels[levels.count - 1], levels[levels.count - 2]) : firstLevel
        let threshold = max(speechLevel - Self.silenceDepth, Self.silenceLevel)
        if let first = levels.firstIndex(where: { $0 >= threshold }),
            let last = levels.lastIndex(where: { $0 >= threshold })
        {
            leadingSilenceInSeconds = Double(first) * Self.frameDurationInSeconds
            trailingSilenceInSeconds = max(0, durationInSeconds - Double(last + 1) * Self.frameDurationInSeconds)
        } else {
            leadingSilenceInSeconds = durationInSeconds
            trailingSilenceInSeconds = 0
        }
    }

    /// Whether nothing is above the level of silence.
    public var isSilent: Bool { !(speechLevel >= Self.silenceLevel) }

    /// From the first to the last sound.
    public var soundDurationInSeconds: Double {
        max(0, durationInSeconds - leadingSilenceInSeconds - trailingSilenceInSeconds)
    }

    /// The mean power of each frame of 20 ms, in dB relative to full scale, `[frame]`; a shorter rest is a frame of its own.
    private static func frameLevels(of waveform: Waveform) -> [Double] {
        let frameLength = max(1, Int(Double(waveform.sampleRate) * frameDurationInSeconds))
        return stride(from: 0, to: waveform.samples.count, by: frameLength).map { start in
            let frame = waveform.samples[start..<min(start + frameLength, waveform.samples.count)]
            var sum: Float = 0
            for sample in frame { sum += sample * sample }
            return 10 * log10(Double(sum) / Double(frame.count))
        }
    }
}

extension ClipMeasurement {
    /// Reads an utterance at its file's own sample rate and measures it.
    ///
    /// - Throws: `AudioError` when the file cannot be read.
    public init(_ utterance: Utterance) throws {
        let file = try AudioFile(path: utterance.audioPath)
        let waveform = try utterance.waveform(sampleRate: file.sampleRate)
        self.init(waveform, channelCount: utterance.channel == nil ? file.channelCount : 1)
    }
}
