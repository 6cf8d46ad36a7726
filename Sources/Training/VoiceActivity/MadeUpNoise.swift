import Glibc
import Numerics

/// Sounds without speech, computed: noise of many colours, hum, tones, chords, clicks, sirens.
struct MadeUpNoise {
    static let sampleRate = 16_000.0
    private var generator: SplitMix64

    init(_ generator: SplitMix64) { self.generator = generator }

    /// So many samples of a kind that is drawn, with a peak of at most about 1.
    mutating func callAsFunction(sampleCount: Int) -> [Float] {
        switch Int(uniform(0, 8)) {
        case 0: colouredNoise(sampleCount)
        case 1: pulsing(colouredNoise(sampleCount))
        case 2: hum(sampleCount)
        case 3: tones(sampleCount, notesPerSecond: uniform(0.2, 1), voiceCount: 1)
        case 4: tones(sampleCount, notesPerSecond: uniform(1, 6), voiceCount: 1 + Int(uniform(0, 4)))
        case 5: clicks(sampleCount)
        case 6: siren(sampleCount)
        default: sum(tones(sampleCount, notesPerSecond: uniform(1, 4), voiceCount: 3), hits(sampleCount))
        }
    }

    private mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(generator.uniform())
    }

    private func sum(_ left: [Float], _ right: [Float]) -> [Float] { zip(left, right).map { $0 + $1 } }

    /// White noise through one pole (from bright to rumbling) and, at times, a resonance.
    private mutating func colouredNoise(_ count: Int) -> [Float] {
        let pole = Float(uniform(0, 1) < 0.3 ? 0 : uniform(-0.6, 0.995))
        let frequency = uniform(100, 7_000)
        let radius = Float(uniform(0, 1) < 0.5 ? 0 : uniform(0.8, 0.99))
        let first = 2 * radius * Float(cos(2 * .pi * frequency / Self.sampleRate))
        var (low, one, two) = (Float(0), Float(0), Float(0))
        var result = [Float](repeating: 0, count: count)
        for index in 0..<count {
            low = pole * low + 2 * generator.uniform() - 1
            let value = low + first * one - radius * radius * two
            (two, one) = (one, value)
            result[index] = value
        }
        return normalized(result)
    }

    private mutating func pulsing(_ samples: [Float]) -> [Float] {
        let rate = uniform(0.2, 8)
        let depth = Float(uniform(0.3, 1))
        let sharpness = Float(uniform(0.5, 6))
        return samples.enumerated().map { index, sample in
            let swing = 0.5 + 0.5 * sinf(Float(2 * .pi * rate * Double(index) / Self.sampleRate))
            return sample * (1 - depth + depth * powf(swing, sharpness))
        }
    }

    private mutating func hum(_ count: Int) -> [Float] {
        let frequency = uniform(0, 1) < 0.5 ? 50 : uniform(40, 400)
        let fall = uniform(0.5, 2)
        let partials = (1...Int(uniform(2, 20))).filter { Double($0) * frequency < 7_500 }
        var result = [Float](repeating: 0, count: count)
        for partial in partials {
            let amplitude = Float(pow(Double(partial), -fall))
            let step = 2 * .pi * frequency * Double(partial) / Self.sampleRate
            let phase = uniform(0, 2 * .pi)
            for index in 0..<count { result[index] += amplitude * Float(sin(phase + step * Double(index))) }
        }
        return normalized(result)
    }

    /// Notes of a scale with overtones, each struck or swelling.
    private mutating func tones(_ count: Int, notesPerSecond: Double, voiceCount: Int) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        let length = Int(Self.sampleRate / notesPerSecond)
        let base = uniform(80, 600)
        let decay = uniform(0, 8)
        let vibrato = uniform(0, 1) < 0.3 ? uniform(0, 0.02) : 0
        for _ in 0..<max(1, voiceCount) {
            for start in stride(from: 0, to: count, by: length) {
                let frequency = base * pow(2, (uniform(0, 24)).rounded() / 12)
                let partialCount = Int(uniform(1, 7))
                for index in start..<min(start + length, count) {
                    let time = Double(index - start) / Self.sampleRate
                    let attack = min(1, time / 0.01)
                    let bend = vibrato * sin(2 * .pi * 5 * time)
                    var value = 0.0
                    for partial in 1...partialCount where frequency * Double(partial) < 7_500 {
                        value += sin(2 * .pi * frequency * Double(partial) * time * (1 + bend)) / Double(partial)
                    }
                    result[index] += Float(attack * exp(-decay * time) * value)
                }
            }
        }
        return normalized(result)
    }

    private mutating func clicks(_ count: Int) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        let rate = uniform(0.5, 30)
        let length = Int(uniform(1, 400))
        for _ in 0..<Int(rate * Double(count) / Self.sampleRate) {
            let start = Int(uniform(0, Double(count)))
            let amplitude = Float(uniform(0.1, 1))
            for index in start..<min(count, start + length) {
                let fall = Float(index - start) / Float(length)
                result[index] += amplitude * (1 - fall) * (2 * generator.uniform() - 1)
            }
        }
        return result
    }

    /// Drums: bursts of noise and of low tones at a steady rate.
    private mutating func hits(_ count: Int) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        let period = Int(Self.sampleRate / uniform(1.5, 8))
        for (number, start) in stride(from: 0, to: count, by: period).enumerated() {
            let decay = Float(uniform(8, 60))
            let frequency = Float(uniform(50, 120))
            for index in start..<min(count, start + period) {
                let time = Float(index - start) / Float(Self.sampleRate)
                let value = number % 2 == 0 ? sinf(2 * .pi * frequency * time) : 2 * generator.uniform() - 1
                result[index] += expf(-decay * time) * value
            }
        }
        return result
    }

    private mutating func siren(_ count: Int) -> [Float] {
        let (low, high) = (uniform(100, 1_500), uniform(500, 7_000))
        let rate = uniform(0.05, 3)
        var phase = 0.0
        return (0..<count).map { index in
            let place = 0.5 + 0.5 * sin(2 * .pi * rate * Double(index) / Self.sampleRate)
            phase += 2 * .pi * (low + (high - low) * place) / Self.sampleRate
            return Float(sin(phase))
        }
    }

    private func normalized(_ samples: [Float]) -> [Float] {
        let peak = samples.reduce(Float(1e-6)) { max($0, abs($1)) }
        return samples.map { $0 / peak }
    }
}
