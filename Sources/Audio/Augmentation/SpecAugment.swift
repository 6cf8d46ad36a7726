/// How a spectrogram is distorted and partly hidden; everything is off by default.
///
/// For a few hours of speech: `timeWarpFrameCount` 80, `frequencyMaskCount` 2, `timeMaskCount` 2.
public struct SpecAugmentConfiguration: Codable, Sendable, Equatable {
    /// By how many frames a point of the utterance is moved at most, W; at most a quarter of the utterance. 0: off.
    public var timeWarpFrameCount = 0
    /// How many bands of frequencies are hidden, m_F. 0: off.
    public var frequencyMaskCount = 0
    /// How many mel bins a band has at most, F.
    public var maximumFrequencyMaskWidth = 27
    /// How many stretches of time are hidden, m_T. 0: off.
    public var timeMaskCount = 0
    /// How many there are for each second of the utterance, where that is more: Park et al. 2020. 0: off.
    public var timeMasksPerSecond = 0.0
    /// However long the utterance, not more stretches than this.
    public var maximumTimeMaskCount = 20
    /// How many frames a stretch has at most, T.
    public var maximumTimeMaskWidth = 100
    /// Which part of the utterance a stretch covers at most, p.
    public var maximumTimeMaskFraction = 0.2
    /// The epoch that it begins in, counted from 1: a model that hears whole utterances first finds where the words are much
    /// sooner.
    public var firstEpoch = 1

    public init() {}

    func validate() throws(AugmentationError) {
        let counts = [
            ("timeWarpFrameCount", timeWarpFrameCount), ("frequencyMaskCount", frequencyMaskCount),
            ("maximumFrequencyMaskWidth", maximumFrequencyMaskWidth), ("timeMaskCount", timeMaskCount),
            ("maximumTimeMaskCount", maximumTimeMaskCount), ("maximumTimeMaskWidth", maximumTimeMaskWidth),
        ]
        for (name, count) in counts where count < 0 {
            throw AugmentationError("specAugment.\(name) is \(count); it must not be negative")
        }
        for (name, count) in [("frequencyMaskCount", frequencyMaskCount), ("timeMaskCount", timeMaskCount)]
        where count > 1_000 {
            throw AugmentationError("specAugment.\(name) is \(count); it must be at most 1000")
        }
        guard firstEpoch >= 1 else {
            throw AugmentationError("specAugment.firstEpoch is \(firstEpoch); epochs are counted from 1")
        }
        guard (0...1).contains(maximumTimeMaskFraction) else {
            throw AugmentationError(
                "specAugment.maximumTimeMaskFraction is \(maximumTimeMaskFraction); it must be between 0 and 1")
        }
        guard timeMasksPerSecond >= 0, timeMasksPerSecond <= 100 else {
            throw AugmentationError(
                "specAugment.timeMasksPerSecond is \(timeMasksPerSecond); it must be between 0 and 100")
        }
    }
}

/// SpecAugment (Park et al. 2019, "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition", section 2;
/// number of time masks by length: Park et al. 2020, "SpecAugment on Large Scale Datasets", section 3).
public enum SpecAugment {
    static let framesPerSecond = 100.0

    /// Warps time, then hides bands and stretches, all drawn with the generator.
    ///
    /// - Parameters:
    ///   - spectrogram: `[frame, melBin]`.
    ///   - fill: What hidden values become: the mean, which is 0 once features are normalised.
    public static func apply(
        _ configuration: SpecAugmentConfiguration, to spectrogram: inout Spectrogram, fill: Float = 0,
        using generator: inout some RandomNumberGenerator
    ) {
        let frameCount = spectrogram.frameCount
        guard frameCount > 0, spectrogram.melBinCount > 0 else { return }

        let largestShift = min(configuration.timeWarpFrameCount, frameCount / 4)
        if largestShift > 0 {
            let centre = generator.uniform(in: largestShift...(frameCount - 1 - largestShift))
            let shift = generator.uniform(in: -largestShift...largestShift)
            // The moved point stays within the utterance.
            warpTime(&spectrogram, from: centre, to: max(1, min(frameCount - 2, centre + shift)))
        }
        for _ in 0..<configuration.frequencyMaskCount {
            let width = generator.uniform(in: 0...min(configuration.maximumFrequencyMaskWidth, spectrogram.melBinCount))
            let first = generator.uniform(in: 0...(spectrogram.melBinCount - width))
            hideBand(first..<first + width, of: &spectrogram, fill: fill)
        }
        let byLength = Int(configuration.timeMasksPerSecond * Double(frameCount) / framesPerSecond)
        let largestWidth = min(
            configuration.maximumTimeMaskWidth, Int(configuration.maximumTimeMaskFraction * Double(frameCount)))
        for _ in 0..<min(max(configuration.timeMaskCount, byLength), configuration.maximumTimeMaskCount) {
            let width = generator.uniform(in: 0...largestWidth)
            let first = generator.uniform(in: 0...(frameCount - width))
            hideFrames(first..<first + width, of: &spectrogram, fill: fill)
        }
    }

    /// Moves the content of frame `from` to frame `to`; the first and the last frame stay, what lies between is stretched or
    /// pressed together, interpolated linearly.
    public static func warpTime(_ spectrogram: inout Spectrogram, from: Int, to: Int) {
        let last = spectrogram.frameCount - 1
        precondition(
            0 < from && from < last && 0 < to && to < last,
            "SpecAugment.warpTime: from \(from) to \(to) of \(spectrogram.frameCount) frames")
        let width = spectrogram.melBinCount
        let source = spectrogram.values
        for frame in 0...last {
            let position =
                frame <= to
                ? Double(frame) * Double(from) / Double(to)
                : Double(from) + Double(frame - to) * Double(last - from) / Double(last - to)
            let before = min(Int(position), last - 1)
            let fraction = Float(position - Double(before))
            for bin in 0..<width {
                let (left, right) = (source[before * width + bin], source[(before + 1) * width + bin])
                spectrogram.values[frame * width + bin] = left + fraction * (right - left)
            }
        }
    }

    /// Sets these mel bins of all frames to `fill`.
    public static func hideBand(_ bins: Range<Int>, of spectrogram: inout Spectrogram, fill: Float) {
        for frame in 0..<spectrogram.frameCount {
            for bin in bins { spectrogram.values[frame * spectrogram.melBinCount + bin] = fill }
        }
    }

    /// Sets all mel bins of these frames to `fill`.
    public static func hideFrames(_ frames: Range<Int>, of spectrogram: inout Spectrogram, fill: Float) {
        let width = spectrogram.melBinCount
        for index in frames.lowerBound * width..<frames.upperBound * width { spectrogram.values[index] = fill }
    }
}
