import Glibc

extension Waveform {
    /// The mean of the squared samples; 0 when there are none.
    public var meanPower: Double {
        var sum = 0.0
        for sample in samples { sum += Double(sample) * Double(sample) }
        return samples.isEmpty ? 0 : sum / Double(samples.count)
    }

    /// Faster (above 1) or slower, which also changes the pitch: played at `factor` times its rate, and resampled by libsoxr.
    ///
    /// - Returns: About `samples.count / factor` samples at the same rate.
    public func atSpeed(_ factor: Double) throws(AudioError) -> Waveform {
        precondition(factor > 0, "Waveform.atSpeed: factor \(factor)")
        let playedRate = Int((Double(sampleRate) * factor).rounded())
        if playedRate == sampleRate { return self }
        let resampler = try Resampler(from: playedRate, to: sampleRate)
        return Waveform(samples: try resampler.process(samples) + resampler.finish(), sampleRate: sampleRate)
    }

    /// Louder (above 0 dB) or quieter; a gain that would bring the peak above full scale is reduced to reach it just so.
    public func withGain(inDecibels gain: Double) -> Waveform {
        var factor = Float(pow(10, gain / 20))
        if factor > 1 {
            let peak = samples.reduce(Float(0)) { max($0, abs($1)) }
            factor = peak > 0 ? max(1, min(factor, 1 / peak)) : 1
        }
        return Waveform(samples: samples.map { $0 * factor }, sampleRate: sampleRate)
    }

    /// With noise added whose mean power is `ratio` dB below that of the speech; unchanged when either is silent.
    ///
    /// - Parameter noise: As many samples at the same rate, `[sample]`.
    public func mixed(with noise: Waveform, atSignalToNoiseRatioInDecibels ratio: Double) -> Waveform {
        precondition(
            noise.samples.count == samples.count && noise.sampleRate == sampleRate,
            "Waveform.mixed: \(noise.samples.count) samples at \(noise.sampleRate) Hz of noise for \(samples.count) at \(sampleRate)"
        )
        let (speechPower, noisePower) = (meanPower, noise.meanPower)
        guard speechPower > 0, noisePower > 0 else { return self }
        let factor = Float((speechPower / noisePower * pow(10, -ratio / 10)).squareRoot())
        return Waveform(samples: zip(samples, noise.samples).map { $0 + factor * $1 }, sampleRate: sampleRate)
    }
}
