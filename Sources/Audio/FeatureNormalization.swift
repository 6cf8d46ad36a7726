/// Brings features to mean 0 and standard deviation 1 in every mel bin.
public enum FeatureNormalization: Sendable, Equatable {
    /// Leaves them as they are.
    case none
    /// By the statistics of the utterance itself.
    case perUtterance
    /// By the statistics of the training data, each `[melBin]`.
    case global(mean: [Float], standardDeviation: [Float])

    /// Smallest divisor: a bin that never varies (silence) becomes 0, not infinite.
    static let smallestDeviation: Float = 1e-5

    /// Normalises in place. A spectrogram without frames stays as it is.
    ///
    /// - Precondition: global statistics have as many mel bins as the spectrogram.
    public func apply(to spectrogram: inout Spectrogram) {
        switch self {
        case .none:
            return
        case .perUtterance:
            var statistics = FeatureStatistics(melBinCount: spectrogram.melBinCount)
            statistics.add(spectrogram)
            let (mean, deviation) = statistics.meanAndStandardDeviation
            Self.normalize(&spectrogram, mean: mean, standardDeviation: deviation)
        case .global(let mean, let deviation):
            Self.normalize(&spectrogram, mean: mean, standardDeviation: deviation)
        }
    }

    /// Refuses statistics that were made for another number of mel bins, or that are NaN, infinite or negative.
    public func validate(melBinCount: Int) throws(FrontendError) {
        guard case .global(let mean, let deviation) = self else { return }
        guard mean.count == melBinCount, deviation.count == melBinCount else {
            throw FrontendError(
                "frontend: normalisation has \(mean.count) means and \(deviation.count) standard deviations for "
                    + "\(melBinCount) mel bins; the model's configuration is damaged")
        }
        guard mean.allSatisfy(\.isFinite), deviation.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw FrontendError(
                "frontend: normalisation has values that are infinite, NaN or negative; the model's configuration is damaged"
            )
        }
    }

    private static func normalize(_ spectrogram: inout Spectrogram, mean: [Float], standardDeviation: [Float]) {
        let melBinCount = spectrogram.melBinCount
        precondition(
            mean.count == melBinCount && standardDeviation.count == melBinCount,
            "FeatureNormalization: statistics of \(mean.count) bins for a spectrogram of \(melBinCount)")
        let scale = standardDeviation.map { 1 / max($0, smallestDeviation) }
        let frameCount = spectrogram.frameCount
        spectrogram.values.withUnsafeMutableBufferPointer { values in
            for frame in 0..<frameCount {
                for bin in 0..<melBinCount {
                    let index = frame * melBinCount + bin
                    values[index] = (values[index] - mean[bin]) * scale[bin]
                }
            }
        }
    }
}

/// In a file the case is the key: `{"none": {}}`, `{"global": {"mean": [...], "standardDeviation": [...]}}`.
extension FeatureNormalization: Codable {
    private struct Written: Codable {
        struct Nothing: Codable {}
        struct Statistics: Codable {
            var mean: [Float]
            var standardDeviation: [Float]
        }

        var none: Nothing?
        var perUtterance: Nothing?
        var global: Statistics?
    }

    public init(from decoder: any Decoder) throws {
        let written = try Written(from: decoder)
        switch (written.none, written.perUtterance, written.global) {
        case (_?, nil, nil): self = .none
        case (nil, _?, nil): self = .perUtterance
        case (nil, nil, let statistics?):
            self = .global(mean: statistics.mean, standardDeviation: statistics.standardDeviation)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "expected one of none, perUtterance, global"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var written = Written()
        switch self {
        case .none: written.none = Written.Nothing()
        case .perUtterance: written.perUtterance = Written.Nothing()
        case .global(let mean, let deviation):
            written.global = Written.Statistics(mean: mean, standardDeviation: deviation)
        }
        try written.encode(to: encoder)
    }
}

/// Sums over frames from which mean and standard deviation of every mel bin follow.
///
/// Sums are in double precision, in the order in which spectrograms are added and statistics are merged.
public struct FeatureStatistics: Sendable, Equatable {
    public private(set) var frameCount = 0
    /// `[melBin]`.
    private var sums: [Double]
    /// `[melBin]`.
    private var squareSums: [Double]

    public init(melBinCount: Int) {
        sums = Array(repeating: 0, count: melBinCount)
        squareSums = sums
    }

    /// Adds every frame of a spectrogram.
    public mutating func add(_ spectrogram: Spectrogram) {
        let melBinCount = sums.count
        precondition(
            spectrogram.melBinCount == melBinCount,
            "FeatureStatistics: \(spectrogram.melBinCount) mel bins added to \(melBinCount)")
        for frame in 0..<spectrogram.frameCount {
            for bin in 0..<melBinCount {
                let value = Double(spectrogram.values[frame * melBinCount + bin])
                sums[bin] += value
                squareSums[bin] += value * value
            }
        }
        frameCount += spectrogram.frameCount
    }

    /// Adds the sums of another set of frames.
    public mutating func merge(_ other: FeatureStatistics) {
        precondition(
            sums.count == other.sums.count, "FeatureStatistics: \(other.sums.count) mel bins merged into \(sums.count)")
        for bin in sums.indices {
            sums[bin] += other.sums[bin]
            squareSums[bin] += other.squareSums[bin]
        }
        frameCount += other.frameCount
    }

    /// `[melBin]` each; the deviation is that of the whole population. Without frames: 0 and 1.
    public var meanAndStandardDeviation: (mean: [Float], standardDeviation: [Float]) {
        guard frameCount > 0 else {
            return (sums.map { _ in 0 }, sums.map { _ in 1 })
        }
        let count = Double(frameCount)
        let means = sums.map { $0 / count }
        let deviations = zip(squareSums, means).map { squareSum, mean in
            max(0, squareSum / count - mean * mean).squareRoot()
        }
        return (means.map { Float($0) }, deviations.map { Float($0) })
    }

    /// The statistics as the normalisation that a model keeps.
    public var normalization: FeatureNormalization {
        let (mean, deviation) = meanAndStandardDeviation
        return .global(mean: mean, standardDeviation: deviation)
    }
}
