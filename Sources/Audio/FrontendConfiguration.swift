/// How sound becomes features: part of a model, because a model understands only the features that it was trained on.
///
/// Lengths follow from the sample rate: windows of 25 ms every 10 ms. There is no dither: the same samples give the same
/// features.
public struct FrontendConfiguration: Codable, Sendable, Equatable, CustomStringConvertible {
    /// Which published recipe is followed.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// openai/whisper `audio.py`: centred frames, Hann window, Slaney mel scale, log10, 8 decades of range.
        case whisper
        /// Kaldi `feature-fbank.cc`: frames inside the recording, mean removed, pre-emphasis, Povey window, HTK mel scale, ln.
        case kaldi
    }

    public var kind: Kind
    /// Hz.
    public var sampleRate: Int
    public var melBinCount: Int
    /// Seconds of silence (zeros) that are put before a recording before its features are computed.
    public var leadingSilenceInSeconds: Double
    /// The same behind it.
    public var trailingSilenceInSeconds: Double

    public init(
        kind: Kind = .whisper, sampleRate: Int = 16_000, melBinCount: Int = 80, leadingSilenceInSeconds: Double = 0,
        trailingSilenceInSeconds: Double = 0
    ) {
        self.kind = kind
        self.sampleRate = sampleRate
        self.melBinCount = melBinCount
        self.leadingSilenceInSeconds = leadingSilenceInSeconds
        self.trailingSilenceInSeconds = trailingSilenceInSeconds
    }

    /// Samples per frame: 25 ms.
    public var windowLength: Int { sampleRate * 25 / 1_000 }
    /// Samples from one frame to the next: 10 ms.
    public var hopLength: Int { sampleRate * 10 / 1_000 }
    /// Seconds from one frame to the next.
    public var hopInSeconds: Double { Double(hopLength) / Double(sampleRate) }

    /// Seconds of silence that are put around a recording.
    public var silenceInSeconds: Double { leadingSilenceInSeconds + trailingSilenceInSeconds }

    /// How long a recording is whose features have so many frames, without the silence around it; to one hop.
    public func durationInSeconds(frameCount: Int) -> Double {
        max(0, Double(frameCount) * hopInSeconds - silenceInSeconds)
    }

    /// Zeros that are put before a recording.
    var leadingSilenceLength: Int { Int((leadingSilenceInSeconds * Double(sampleRate)).rounded()) }
    /// Zeros that are put behind a recording.
    var trailingSilenceLength: Int { Int((trailingSilenceInSeconds * Double(sampleRate)).rounded()) }

    /// Samples per Fourier transform: the window, which Kaldi fills up with zeros to a power of two.
    public var fftSize: Int {
        switch kind {
        case .whisper: return windowLength
        case .kaldi:
            var size = 1
            while size < windowLength { size *= 2 }
            return size
        }
    }

    /// The numbers of mel bins that can be computed.
    public var melBinCounts: ClosedRange<Int> { 1...fftSize / 2 }

    /// The band that the mel bins cover, in Hz.
    public var frequencyRange: ClosedRange<Double> {
        switch kind {
        case .whisper: 0...Double(sampleRate) / 2
        case .kaldi: 20...Double(sampleRate) / 2
        }
    }

    /// How many frames a recording of so many samples gives, with the silence around it: one per whole hop (whisper), or per whole
    /// window (kaldi: none under 25 ms). A recording without samples gives none.
    public func frameCount(sampleCount: Int) -> Int {
        if sampleCount == 0 { return 0 }
        let sampleCount = leadingSilenceLength + sampleCount + trailingSilenceLength
        return switch kind {
        case .whisper: sampleCount / hopLength
        case .kaldi: sampleCount < windowLength ? 0 : 1 + (sampleCount - windowLength) / hopLength
        }
    }

    /// All settings on one line; equal lines mean equal features.
    public var description: String {
        "\(kind.rawValue) log-mel, \(melBinCount) bins, \(sampleRate) Hz, window \(windowLength), hop \(hopLength), FFT \(fftSize)"
            + (leadingSilenceInSeconds > 0 ? ", \(leadingSilenceInSeconds) s of silence before" : "")
            + (trailingSilenceInSeconds > 0 ? ", \(trailingSilenceInSeconds) s of silence behind" : "")
    }

    /// Refuses settings from which no features can be computed.
    public func validate() throws(FrontendError) {
        for (seconds, place) in [(leadingSilenceInSeconds, "before"), (trailingSilenceInSeconds, "behind")] {
            guard (0...30).contains(seconds) else {
                throw FrontendError("frontend: \(seconds) s of silence \(place) a recording; use 0 to 30")
            }
        }
        guard AudioFile.plausibleSampleRates.contains(sampleRate), sampleRate % 100 == 0 else {
            throw FrontendError(
                "frontend: a sample rate of \(sampleRate) Hz; use a multiple of 100 Hz from 1000 to 768000, such as 16000"
            )
        }
        guard melBinCounts.contains(melBinCount) else {
            throw FrontendError(
                "frontend: \(melBinCount) mel bins from an FFT of \(fftSize) samples; use 1 to \(melBinCounts.upperBound), such as 80"
            )
        }
    }

    /// Refuses features made with other settings than the model's.
    ///
    /// - Parameter model: the settings that the model was trained with.
    public func requireMatch(model: FrontendConfiguration) throws(FrontendError) {
        guard self != model else { return }
        throw FrontendError(
            "frontend: the model expects \(model), but the features are \(self); use the model's own settings")
    }
}

/// Settings of the frontend that cannot work, or do not fit the model or the audio: one line that says what to change.
public struct FrontendError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
