import Models

/// Where somebody speaks in a whole recording.
public struct VoiceActivity: Sendable {
    /// How probable it is that somebody speaks, for each 10 ms that have begun.
    public let probabilities: [Float]

    /// - Throws: `AudioError`, or what a stream throws.
    public init(of source: AudioSource, _ model: VoiceActivityModel) throws {
        let sampleRate = model.configuration.frontend.sampleRate
        var detector = try VoiceActivityDetector(model, sampleRate: sampleRate)
        var probabilities: [Float] = []
        try source.forEachBlock(sampleRate: sampleRate) { probabilities += try detector.add($0) }
        self.probabilities = try probabilities + detector.finish()
    }

    /// - Throws: `AudioError` for a sample rate that cannot be converted.
    package init(of samples: [Float], sampleRate: Int, _ model: VoiceActivityModel) throws {
        var detector = try VoiceActivityDetector(model, sampleRate: sampleRate)
        probabilities = try detector.add(samples) + detector.finish()
    }

    /// The stretches with speech, in order.
    public func regions(_ options: VoiceActivityOptions) -> [SpeechRegion] {
        var regions = SpeechRegions(options)
        regions.add(probabilities)
        regions.finish()
        return regions.takeFinished()
    }
}
