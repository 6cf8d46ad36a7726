import Glibc

/// A room with six plain walls, a speaker and a microphone, as the image method sees it (Allen and Berkley 1979, "Image method
/// for efficiently simulating small-room acoustics").
public struct SimulatedRoom: Sendable, Equatable {
    /// Length, width and height in metres.
    public var size: [Double]
    /// Where the speaker is, in metres from one corner.
    public var speaker: [Double]
    public var microphone: [Double]
    /// How long it takes until the sound has fallen by 60 dB.
    public var reverberationInSeconds: Double

    static let speedOfSound = 343.0  // metres per second

    public init(size: [Double], speaker: [Double], microphone: [Double], reverberationInSeconds: Double) {
        precondition(
            size.count == 3 && speaker.count == 3 && microphone.count == 3 && size.allSatisfy { $0 > 0 },
            "SimulatedRoom: a size and two positions of three coordinates each")
        self.size = size
        self.speaker = speaker
        self.microphone = microphone
        self.reverberationInSeconds = reverberationInSeconds
    }

    /// A living room to a small hall, the microphone 0.3 to about 3 metres from the speaker.
    public init(reverberationInSeconds: Double, using generator: inout some RandomNumberGenerator) {
        let size = [3.0...8, 3.0...6, 2.4...3.5].map { generator.uniform(in: $0) }
        // Half a metre away from the walls.
        let speaker = size.map { generator.uniform(in: 0.5...$0 - 0.5) }
        var microphone = speaker
        while Self.distance(speaker, microphone) < 0.3 {
            for axis in 0..<3 {
                let range = max(0.5, speaker[axis] - 1.8)...min(size[axis] - 0.5, speaker[axis] + 1.8)
                microphone[axis] = generator.uniform(in: range)
            }
        }
        self.init(
            size: size, speaker: speaker, microphone: microphone, reverberationInSeconds: reverberationInSeconds)
    }

    /// The part of the amplitude that a wall gives back, 0..<1, from Eyring's formula for the time of reverberation.
    var reflection: Double {
        let volume = size[0] * size[1] * size[2]
        let surface = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
        // T = 24 ln(10) V / (-c S ln(1 - absorption)), and reflection^2 = 1 - absorption.
        return exp(-12 * log(10) * volume / (Self.speedOfSound * surface * reverberationInSeconds))
    }

    /// What the microphone hears of one click, `[sample]`: the direct sound first, with amplitude 1.
    ///
    /// Reflections fall between samples and are shared by the two next to them. It ends after the time of reverberation.
    public func impulseResponse(sampleRate: Int) -> [Float] {
        let count = max(1, Int(reverberationInSeconds * Double(sampleRate)))
        var response = [Float](repeating: 0, count: count + 1)
        let direct = max(Self.distance(speaker, microphone), 0.01)  // metres
        let longest = direct + Double(count - 1) / Double(sampleRate) * Self.speedOfSound
        let axes = (0..<3).map { axisImages(axis: $0, longest: longest) }
        let powers = (0...axes.map { $0.map(\.reflectionCount).max() ?? 0 }.reduce(0, +)).map {
            pow(reflection, Double($0))
        }
        let samplesPerMetre = Double(sampleRate) / Self.speedOfSound
        for x in axes[0] {
            for y in axes[1] where x.squaredOffset + y.squaredOffset <= longest * longest {
                let squaredInPlane = x.squaredOffset + y.squaredOffset
                let reflectionCountInPlane = x.reflectionCount + y.reflectionCount
                for z in axes[2] {
                    let squared = squaredInPlane + z.squaredOffset
                    if squared > longest * longest { break }  // Images are sorted by distance.
                    let distance = squared.squareRoot()
                    let position = max(0, (distance - direct) * samplesPerMetre)
                    let index = Int(position)
                    let amplitude = powers[reflectionCountInPlane + z.reflectionCount] * direct / max(distance, 0.01)
                    let fraction = position - Double(index)
                    response[index] += Float(amplitude * (1 - fraction))
                    response[index + 1] += Float(amplitude * fraction)
                }
            }
        }
        response.removeLast()
        return response
    }

    /// The images of the speaker along one axis, the nearest first: how far from the microphone, after how many reflections.
    private func axisImages(axis: Int, longest: Double) -> [(squaredOffset: Double, reflectionCount: Int)] {
        let period = 2 * size[axis]
        let furthest = Int(longest / period) + 1
        var images: [(squaredOffset: Double, reflectionCount: Int)] = []
        for repetition in -furthest...furthest {
            for isMirrored in [false, true] {
                let position = Double(repetition) * period + (isMirrored ? -speaker[axis] : speaker[axis])
                let offset = position - microphone[axis]
                guard abs(offset) <= longest else { continue }
                let reflectionCount = abs(repetition - (isMirrored ? 1 : 0)) + abs(repetition)
                images.append((offset * offset, reflectionCount))
            }
        }
        return images.sorted { $0.squaredOffset < $1.squaredOffset }
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}

extension Waveform {
    /// As it sounds in a room: convolved with its impulse response, of the same length and mean power.
    public func reverberated(with impulseResponse: [Float]) -> Waveform {
        let power = meanPower
        guard power > 0, !impulseResponse.isEmpty else { return self }
        let wet = Waveform(samples: FastConvolution.convolved(samples, impulseResponse), sampleRate: sampleRate)
        let factor = Float((power / max(wet.meanPower, 1e-30)).squareRoot())
        return Waveform(samples: wet.samples.map { $0 * factor }, sampleRate: sampleRate)
    }
}
