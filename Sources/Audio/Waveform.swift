/// One channel of sound: samples over time.
public struct Waveform: Sendable, Equatable {
    /// `[sample]`, nominally -1...1.
    public var samples: [Float]
    /// Samples per second, in Hz.
    public var sampleRate: Int

    public init(samples: [Float], sampleRate: Int) {
        precondition(sampleRate > 0, "Waveform: a sample rate of \(sampleRate) Hz")
        self.samples = samples
        self.sampleRate = sampleRate
    }

    /// Number of samples divided by the sample rate.
    public var durationInSeconds: Double { Double(samples.count) / Double(sampleRate) }
}
