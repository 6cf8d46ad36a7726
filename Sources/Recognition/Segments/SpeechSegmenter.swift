import Audio
import Models

/// Cuts a recording that comes in blocks into segments that a model can take, and leaves out what is no speech.
package struct SpeechSegmenter {
    private let sampleRate: Int
    private let maximumInSeconds: Double
    private let frameLength: Int
    private var detector: VoiceActivityDetector
    private var regions: SpeechRegions
    /// Samples from `firstSample` on.
    private var pending: [Float] = []
    private var firstSample = 0
    /// What cuts the stretch of speech that goes on.
    private var current: AudioSegmenter?

    /// Seconds of audio taken so far.
    var durationInSeconds: Double { Double(firstSample + pending.count) / Double(sampleRate) }

    /// - Throws: `AudioError` for a sample rate that the detector cannot be given.
    package init(
        _ model: VoiceActivityModel, _ options: VoiceActivityOptions, sampleRate: Int, maximumInSeconds: Double
    ) throws {
        detector = try VoiceActivityDetector(model, sampleRate: sampleRate)
        regions = SpeechRegions(options)
        self.sampleRate = sampleRate
        frameLength = sampleRate / Int(SpeechRegion.framesPerSecond)
        self.maximumInSeconds = maximumInSeconds
    }

    /// Takes more samples, and returns the segments that are complete.
    ///
    /// - Throws: `AudioError`.
    package mutating func add(_ samples: [Float]) throws -> [AudioSegmenter.Segment] {
        pending += samples
        regions.add(try detector.add(samples))
        return cut()
    }

    /// The rest.
    ///
    /// - Throws: `AudioError`.
    package mutating func finish() throws -> [AudioSegmenter.Segment] {
        regions.add(try detector.finish())
        regions.finish()
        return cut()
    }

    private mutating func cut() -> [AudioSegmenter.Segment] {
        var segments: [AudioSegmenter.Segment] = []
        for region in regions.takeFinished() {
            segments += hear(region)
            if let rest = current?.finish() { segments.append(within(region, rest)) }
            current = nil
        }
        if let open = regions.open { segments += hear(open) }
        // What may still be the beginning of speech is kept.
        let kept = min(pending.count, max(0, regions.firstNeededFrame * frameLength - firstSample))
        pending.removeFirst(kept)
        firstSample += kept
        return segments
    }

    /// Gives the samples of a stretch, as far as they have not been given, to what cuts it.
    private mutating func hear(_ region: SpeechRegion) -> [AudioSegmenter.Segment] {
        var heard = current ?? AudioSegmenter(sampleRate: sampleRate, maximumInSeconds: maximumInSeconds)
        let from = region.frames.lowerBound * frameLength + heard.takenSampleCount - firstSample
        let end = min(pending.count, region.frames.upperBound * frameLength - firstSample)
        let segments = from < end ? heard.add(Array(pending[from..<end])) : []
        current = heard
        return segments.map { within(region, $0) }
    }

    /// A segment of a stretch of speech, with its time in the recording.
    private func within(_ region: SpeechRegion, _ segment: AudioSegmenter.Segment) -> AudioSegmenter.Segment {
        let start = Double(region.frames.lowerBound) / SpeechRegion.framesPerSecond + segment.startInSeconds
        return AudioSegmenter.Segment(
            waveform: segment.waveform, startInSeconds: start,
            speechInSeconds: region.speechStartInSeconds...region.speechEndInSeconds)
    }
}
