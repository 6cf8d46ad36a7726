import Audio
import Recognition
import Synchronization
import Tensors
import Text

/// Labelled utterances ready to be learned from: features and text.
public struct TrainingData: Sendable {
    public let utterances: [Utterance]
    /// The frames of each utterance as it is.
    public let frameCounts: [Int]
    /// The features of each utterance, [frame, melBin]; none after `dropSpectrograms`.
    public private(set) var spectrograms: [Spectrogram]
    /// The samples of each utterance, if they were asked to be kept.
    private let samples: [StoredSamples]
    /// What is to be written for each utterance.
    public let texts: [String]

    /// Seconds of audio.
    public let durationInSeconds: Double

    /// Reads all audio and computes its features, several files at a time.
    ///
    /// - Parameters:
    ///   - keepsSamples: keep the samples too, for features that are computed anew in each epoch.
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
        let results = workers.map(itemCount: utterances.count) {
            index -> Result<(Spectrogram, StoredSamples), TrainingError> in
            let utterance = utterances[index]
            let result = Result { () throws -> (Spectrogram, StoredSamples) in
                let waveform = try utterance.waveform(sampleRate: frontend.sampleRate)
                return (try logMel(waveform), StoredSamples(keepsSamples ? waveform.samples : []))
            }
            progress(
                count.withLock {
                    $0 += 1
                    return $0
                })
            return result.mapError { TrainingError("\(utterance.source): \($0)") }
        }
        var problems: [String] = []
        let read = results.map { result in
            switch result {
            case .success(let read): return read
            case .failure(let error):
                problems.append(error.description)
                return (Spectrogram(values: [], frameCount: 0, melBinCount: frontend.melBinCount), StoredSamples([]))
            }
        }
        spectrograms = read.map(\.0)
        samples = read.map(\.1)
        frameCounts = spectrograms.map(\.frameCount)
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

    /// Frees the features, for training that computes them anew in each epoch.
    mutating func dropSpectrograms() { spectrograms = [] }

    /// An utterance as it was read, up to the rounding to 16 bits.
    package func waveform(_ index: Int, sampleRate: Int) -> Waveform {
        Waveform(samples: samples[index].values, sampleRate: sampleRate)
    }

    /// Mean and deviation of every mel bin over all utterances.
    public var statistics: FeatureStatistics {
        var sum = FeatureStatistics(melBinCount: spectrograms.first?.melBinCount ?? 0)
        for spectrogram in spectrograms { sum.add(spectrogram) }
        return sum
    }

    /// The normalisation that a model of this data has.
    func normalization(_ kind: FeatureNormalizationKind) -> FeatureNormalization {
        switch kind {
        case .none: .none
        case .perUtterance: .perUtterance
        case .global: statistics.normalization
        }
    }

    /// Changes with the utterances, their texts and their lengths.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        for (index, utterance) in utterances.enumerated() {
            for byte in utterance.id.utf8 { fingerprint.add(UInt64(byte)) }
            for character in texts[index].unicodeScalars { fingerprint.add(UInt64(character.value)) }
            fingerprint.add(UInt64(frameCounts[index]))
        }
        return fingerprint.description
    }

    /// Normalises all features.
    public mutating func normalize(_ normalization: FeatureNormalization) {
        for index in spectrograms.indices { normalization.apply(to: &spectrograms[index]) }
    }
}

/// Why training cannot start or go on.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
