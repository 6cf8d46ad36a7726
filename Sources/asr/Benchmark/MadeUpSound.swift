import Audio

extension Waveform {
    /// Noise whose loudness comes and goes every second: the same samples on every call.
    static func madeUp(sampleCount: Int, sampleRate: Int) -> Waveform {
        var state: UInt32 = 1
        let samples = (0..<sampleCount).map { index -> Float in
            state = state &* 1_664_525 &+ 1_013_904_223
            let loudness = Float(index % sampleRate) / Float(sampleRate)
            return loudness * (Float(state >> 8) / 8_388_608 - 1)
        }
        return Waveform(samples: samples, sampleRate: sampleRate)
    }
}
