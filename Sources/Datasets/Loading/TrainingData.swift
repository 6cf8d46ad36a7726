import Audio
import Files
import Models
import Numerics
import Synchronization
import Tensors
import Text

/// Labelled utterances ready to be learned from: features and text.
public struct TrainingData: Sendable {
    public let utterances: [Utterance]
    /// The frames of each utterance as it is.
    public let frameCounts: [Int]
    /// The features of each utterance, [frame, melBin]; none where samples are kept.
    public private(set) var spectrograms: [Spectrogram]
    /// The samples of each utterance, if they were asked to be kept.
    private let samples: [StoredSamples]
    /// Mean and deviation of every mel bin over all utterances, before any normalisation.
    public let statistics: FeatureStatistics
    /// What is to be written for each utterance.
    public let texts: [String]

    /// Seconds of audio.
    public let durationInSeconds: Double

    /// Reads all audio and computes its features, several files at a time.
    ///
    /// - Parameters:
    ///   - keepsSamples: keep the samples instead of the features, which are computed anew in each epoch.
    ///   - progress: called with the number of utterances read, from any thread.
    /// - Throws: `TrainingError` that lists the files that cannot be read and the labels without a character.
    public init(
        _ manifest: Manifest, frontend: FrontendConfiguration, labelNormalizer: LabelNormalizer,
        keepsSamples: Bool = false,
        workers: WorkerPool,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        utterances = manifest.utterances
        texts = utterances.map { labelNormalizer.normalized($0.text) }
        let logMel = try LogMelSpectrogram(configuration: frontend)
        let count = Mutex(0)
        let utterances = utterances
        let results = workers.map(itemCount: utterances.count) { index -> Result<ReadUtterance, TrainingError> in
            let utterance = utterances[index]
            let result = Result {
                let waveform = try utterance.waveform(sampleRate: frontend.sampleRate)
                return ReadUtterance(waveform, spectrogram: try logMel(waveform), keepsSamples: keepsSamples)
            }
            progress(
                count.withLock {
                    $0 += 1
                    return $0
                })
            return result.mapError { TrainingError("\(utterance.source): \($0)") }
        }
        var problems: [String] = []
        var read: [ReadUtterance] = []
        for result in results {
            switch result {
            case .success(let utterance): read.append(utterance)
            case .failure(let error): problems.append(error.description)
            }
        }
        spectrograms = read.compactMap(\.spectrogram)
        samples = read.compactMap(\.samples)
        frameCounts = read.map(\.statistics.frameCount)
        statistics = read.reduce(into: FeatureStatistics(melBinCount: frontend.melBinCount)) { $0.merge($1.statistics) }
        for (utterance, text) in zip(utterances, texts) where text.isEmpty {
            problems.append(
                "\(utterance.source): the text \"\(utterance.text)\" has no character left after the label normaliser "
                    + "\"\(labelNormalizer.rawValue)\"; correct the text, take the line out, or set model.labelNormalizer"
            )
        }
        guard problems.isEmpty else {
            let more = problems.count > 10 ? "\n... and \(problems.count - 10) more like these" : ""
            throw TrainingError(problems.prefix(10).joined(separator: "\n") + more)
        }
        durationInSeconds = Double(frameCounts.reduce(0, +)) * frontend.hopInSeconds
    }

    /// An utterance as it was read, up to the rounding to 16 bits.
    package func waveform(_ index: Int, sampleRate: Int) -> Waveform {
        Waveform(samples: samples[index].values, sampleRate: sampleRate)
    }

    /// The normalisation that a model of this data has.
    package func normalization(_ kind: FeatureNormalizationKind) -> FeatureNormalization {
        switch kind {
        case .none: .none
        case .perUtterance: .perUtterance
        case .global: statistics.normalization
        }
    }

    /// Changes with the utterances, their texts and their lengths.
    package var fingerprint: String {
        var fingerprint = Fingerprint()
        for (index, utterance) in utterances.enumerated() {
            for byte in utterance.id.utf8 { fingerprint.add(UInt64(byte)) }
            for character in texts[index].unicodeScalars { fingerprint.add(UInt64(character.value)) }
            fingerprint.add(UInt64(frameCounts[index]))
        }
        return fingerprint.description
    }

    /// Normalises all features that are kept.
    public mutating func normalize(_ normalization: FeatureNormalization) {
        for index in spectrograms.indices { normalization.apply(to: &spectrograms[index]) }
    }
}

/// What is kept of a recording: samples or features, and its share of the statistics.
private struct ReadUtterance: Sendable {
    let spectrogram: Spectrogram?
    let samples: StoredSamples?
    let statistics: FeatureStatistics

    init(_ waveform: Waveform, spectrogram: Spectrogram, keepsSamples: Bool) {
        self.spectrogram = keepsSamples ? nil : spectrogram
        samples = keepsSamples ? StoredSamples(waveform.samples) : nil
        var statistics = FeatureStatistics(melBinCount: spectrogram.melBinCount)
        statistics.add(spectrogram)
        self.statistics = statistics
    }
}
