import Audio
import Glibc
import Numerics

/// Makes what a voice activity detector learns from: stretches of noise with none, one or several utterances somewhere in them.
struct SpeechMixer: Sendable {
    /// A stretch at 16 kHz, and in which of its frames of 10 ms somebody speaks.
    struct Example: Sendable {
        var samples: [Float]
        var isSpeech: [Bool]
    }

    /// A clean recording and its labels.
    struct Clip: Sendable {
        let samples: StoredSamples
        let labels: SpeechLabels
    }

    let clips: [Clip]
    /// Recorded noise; nil: only computed.
    let noise: NoiseLibrary?

    static let frameCount = 800  // 8 s
    private static let sampleCount = frameCount * SpeechLabels.frameLength
    private static let (speechless, roomy, narrow, computed) = (0.3, 0.2, 0.15, 0.4)  // shares
    private static let noiseless = 0.1
    private static let signalToNoise = -5.0...30.0  // dB, relative to the speech alone
    private static let levels = -50.0 ... -3.0  // dB of full scale

    /// The example of a key.
    ///
    /// - Throws: `AudioError` for noise that cannot be read.
    func example(_ key: RandomKey) throws -> Example {
        var generator = key.derived("speech").generator
        func uniform(_ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * Double(generator.uniform())
        }
        var speech = [Float](repeating: 0, count: Self.sampleCount)
        var isSpeech = [Bool](repeating: false, count: Self.frameCount)
        var place = Int(uniform(-200...400))  // frame
        let hasSpeech = uniform(0...1) >= Self.speechless
        while hasSpeech && place < Self.frameCount {
            let clip = clips[min(clips.count - 1, Int(uniform(0...1) * Double(clips.count)))]
            let gain = Float(pow(10, uniform(-6...6) / 20))
            add(clip, gain: gain, at: place, to: &speech, &isSpeech)
            place += clip.labels.isSpeech.count + Int(uniform(0...300))
        }
        if hasSpeech && uniform(0...1) < Self.roomy {
            let room = SimulatedRoom(reverberationInSeconds: uniform(0.1...0.6), using: &generator)
            speech =
                Waveform(samples: speech, sampleRate: 16_000)
                .reverberated(with: room.impulseResponse(sampleRate: 16_000)).samples
        }
        var samples = speech
        if uniform(0...1) >= Self.noiseless {
            let sound = try noiseSamples(key, isComputed: noise == nil || uniform(0...1) < Self.computed)
            let spoken = isSpeech.count { $0 } * SpeechLabels.frameLength
            let speechPower = power(speech) * Float(Self.sampleCount) / Float(max(1, spoken))
            let noisePower = power(sound)
            let ratio = Float(pow(10, -uniform(Self.signalToNoise) / 10))
            let factor =
                noisePower == 0 ? 0 : speechPower == 0 ? 1 : (speechPower / noisePower * ratio).squareRoot()
            samples = zip(speech, sound).map { $0 + factor * $1 }
        }
        if uniform(0...1) < Self.narrow { samples = lowPassed(samples, pole: Float(uniform(0.3...0.8))) }
        let peak = samples.reduce(Float(1e-6)) { max($0, abs($1)) }
        let level = Float(pow(10, uniform(Self.levels) / 20)) / peak
        // As 16-bit files have it.
        samples = samples.map { ($0 * level * 32_768).rounded() / 32_768 }
        return Example(samples: samples, isSpeech: isSpeech)
    }

    private func noiseSamples(_ key: RandomKey, isComputed: Bool) throws -> [Float] {
        var madeUp = MadeUpNoise(key.derived("noise").generator)
        if isComputed { return madeUp(sampleCount: Self.sampleCount) }
        var generator = key.derived("recorded noise").generator
        return try noise?.stretch(sampleCount: Self.sampleCount, using: &generator).samples ?? []
    }

    private func add(_ clip: Clip, gain: Float, at place: Int, to speech: inout [Float], _ isSpeech: inout [Bool]) {
        let first = max(0, -place)  // frame of the clip
        let count = min(clip.labels.isSpeech.count - first, Self.frameCount - (place + first))
        guard count > 0 else { return }
        let start = first * SpeechLabels.frameLength
        let samples = clip.samples[start..<min(clip.samples.count, start + count * SpeechLabels.frameLength)]
        let target = (place + first) * SpeechLabels.frameLength
        for (index, sample) in samples.enumerated() { speech[target + index] += gain * sample }
        for frame in 0..<count where clip.labels.isSpeech[first + frame] { isSpeech[place + first + frame] = true }
    }

    private func power(_ samples: [Float]) -> Float {
        samples.reduce(0) { $0 + $1 * $1 } / Float(max(1, samples.count))
    }

    /// Two poles, as a dull microphone or a telephone would.
    private func lowPassed(_ samples: [Float], pole: Float) -> [Float] {
        var (one, two) = (Float(0), Float(0))
        return samples.map { sample in
            one += (1 - pole) * (sample - one)
            two += (1 - pole) * (one - two)
            return two
        }
    }
}
