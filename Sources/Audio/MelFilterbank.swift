import Glibc

/// Triangular filters that sum the power spectrum into bins of equal width on the mel scale of pitch.
public struct MelFilterbank: Sendable {
    /// Hz to mel, in the two definitions in use.
    public enum Scale: Sendable {
        /// Malcolm Slaney's Auditory Toolbox, as in librosa: linear to 1000 Hz, logarithmic above.
        case slaney
        /// The HTK book, as in Kaldi: 1127 ln(1 + f / 700).
        case htk

        static let slaneyBreak = 1_000.0  // Hz
        static let slaneySlope = 200.0 / 3  // Hz per mel below the break
        static let slaneyBreakMel = slaneyBreak / slaneySlope  // 15 mel
        static let slaneyStep = Glibc.log(6.4) / 27  // natural logarithm of the frequency ratio per mel above the break

        public func mel(fromHertz frequency: Double) -> Double {
            switch self {
            case .slaney where frequency < Self.slaneyBreak: frequency / Self.slaneySlope
            case .slaney: Self.slaneyBreakMel + Glibc.log(frequency / Self.slaneyBreak) / Self.slaneyStep
            case .htk: 1_127 * Glibc.log(1 + frequency / 700)
            }
        }

        public func hertz(fromMel mel: Double) -> Double {
            switch self {
            case .slaney where mel < Self.slaneyBreakMel: mel * Self.slaneySlope
            case .slaney: Self.slaneyBreak * Glibc.exp((mel - Self.slaneyBreakMel) * Self.slaneyStep)
            case .htk: 700 * (Glibc.exp(mel / 1_127) - 1)
            }
        }
    }

    /// One filter: the weights of consecutive FFT bins, all others being zero.
    public struct Filter: Sendable {
        /// Index of the first FFT bin with a weight.
        public let firstBin: Int
        public let weights: [Float]
    }

    /// `[melBin]`, from low to high.
    public let filters: [Filter]
    /// Centre of each filter in Hz, `[melBin]`.
    public let centreFrequencies: [Double]

    /// Builds the filters of a frontend.
    public init(_ configuration: FrontendConfiguration) {
        let scale: Scale = configuration.kind == .whisper ? .slaney : .htk
        let range = configuration.frequencyRange
        let count = configuration.melBinCount
        let lowest = scale.mel(fromHertz: range.lowerBound)
        let highest = scale.mel(fromHertz: range.upperBound)
        // Edges of the triangles: filter m rises from edge m to m + 1 and falls to m + 2.
        let edges = (0..<(count + 2)).map { lowest + (highest - lowest) * Double($0) / Double(count + 1) }  // mel
        let binWidth = Double(configuration.sampleRate) / Double(configuration.fftSize)  // Hz

        centreFrequencies = (0..<count).map { scale.hertz(fromMel: edges[$0 + 1]) }
        filters = (0..<count).map { index in
            let triangle = (edges[index], edges[index + 1], edges[index + 2])
            let weights = (0...(configuration.fftSize / 2)).map { bin in
                let frequency = Double(bin) * binWidth
                switch scale {
                case .slaney: return Self.slaneyWeight(triangle, frequency)
                case .htk: return Self.htkWeight(triangle, frequency, isLast: 2 * bin == configuration.fftSize)
                }
            }
            let firstBin = weights.firstIndex { $0 > 0 } ?? 0
            let lastBin = weights.lastIndex { $0 > 0 } ?? -1
            return Filter(firstBin: firstBin, weights: firstBin <= lastBin ? Array(weights[firstBin...lastBin]) : [])
        }
    }

    /// librosa `filters.mel(htk=False, norm="slaney")`: triangles in Hz, each of area 1.
    private static func slaneyWeight(_ mel: (Double, Double, Double), _ frequency: Double) -> Float {
        let (left, centre, right) = (
            Scale.slaney.hertz(fromMel: mel.0), Scale.slaney.hertz(fromMel: mel.1), Scale.slaney.hertz(fromMel: mel.2)
        )
        let rising = (frequency - left) / (centre - left)
        let falling = (right - frequency) / (right - centre)
        return Float(max(0, min(rising, falling)) * 2 / (right - left))
    }

    /// Kaldi `mel-computations.cc`: triangles in mel, each of height 1; the bin at half the sample rate is left out.
    private static func htkWeight(_ mel: (Double, Double, Double), _ frequency: Double, isLast: Bool) -> Float {
        let position = Scale.htk.mel(fromHertz: frequency)
        let rising = (position - mel.0) / (mel.1 - mel.0)
        let falling = (mel.2 - position) / (mel.2 - mel.1)
        return isLast ? 0 : Float(max(0, min(rising, falling)))
    }
}
