import Glibc

extension Waveform {
    /// As over a telephone: 8,000 samples a second, each in 8 bits by the mu-law (ITU-T G.711, in its continuous form), and back at the
    /// rate of this waveform.
    ///
    /// - Returns: as many samples, give or take one.
    public func overTelephone() throws(AudioError) -> Waveform {
        let down = try Resampler(from: sampleRate, to: Self.telephoneRate)
        let heard = (try down.process(samples) + down.finish()).map(Self.companded)
        let up = try Resampler(from: Self.telephoneRate, to: sampleRate)
        return Waveform(samples: try up.process(heard) + up.finish(), sampleRate: sampleRate)
    }

    private static let telephoneRate = 8_000  // Hz

    /// A sample in -1...1 through the 255 steps of the mu-law.
    static func companded(_ sample: Float) -> Float {
        let mu: Float = 255
        let compressed = log1pf(mu * min(1, abs(sample))) / log1pf(mu)
        let step = (127 * compressed).rounded() / 127
        return copysignf(expm1f(step * log1pf(mu)) / mu, sample)
    }
}
