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
    /// Mean and deviation of every mel bin over all utterances, before any normalisation.
    public let statistics: FeatureStatistics
    /// What is to be written for each utterance.
    public let texts: [String]
    /// Seconds of audio.
    public let durationInSeconds: Double

    /// How features are normalised when they are taken.
    package var featureNormalization = FeatureNormalization.none
    private let store: RecordingStore
    private let places: [RecordingStore.Place]

    /// Utterances that are read between two merges of their statistics, which is what bounds the memory of reading.
    private static let chunkSize = 256

    /// Reads all audio and computes its features, several files at a time.
    ///
    /// - Parameters:
    ///   - keepsSamples: keep the samples instead of the features, which are computed anew in each epoch.
    ///   - store: keeps them.
    ///   - progress: called with the number of utterances read, from any thread.
    /// - Throws: `TrainingError` that lists the files that cannot be read and the labels without a character.
    package init(
        _ manifest: Manifest, frontend: FrontendConfiguration, labelNormalizer: LabelNormalizer,
        keepsSamples: Bool = false, store: RecordingStore = RecordingStore(), workers: WorkerPool,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.store = store
        utterances = manifest.utterances
        texts = utterances.map { labelNormalizer.normalized($0.text) }
        let logMel = try LogMelSpectrogram(configuration: frontend)
        let count = Atomic<Int>(0)
        var problems: [String] = []
        var places: [RecordingStore.Place] = []
        var frameCounts: [Int] = []
        var statistics = FeatureStatistics(melBinCount: frontend.melBinCount)
        places.reserveCapacity(utterances.count)
        frameCounts.reserveCapacity(utterances.count)
        for start in stride(from: 0, to: utterances.count, by: Self.chunkSize) {
            let chunk = Array(utterances[start..<min(start + Self.chunkSize, utterances.count)])
            let results = workers.map(itemCount: chunk.count) { index -> Result<ReadUtterance, TrainingError> in
                let utterance = chunk[index]
                let result = Result {
                    let waveform = try utterance.waveform(sampleRate: frontend.sampleRate)
                    let spectrogram = try logMel(waveform)
                    let place = try store.keep(
                        keepsSamples ? .samples(StoredSamples(waveform.samples)) : .features(spectrogram))
                    return ReadUtterance(place: place, spectrogram)
                }
                progress(count.add(1, ordering: .relaxed).newValue)
                return result.mapError { TrainingError("\(utterance.source): \($0)") }
            }
            for result in results {
                switch result {
                case .success(let utterance):
                    places.append(utterance.place)
                    frameCounts.append(utterance.statistics.frameCount)
                    statistics.merge(utterance.statistics)
                case .failure(let error): problems.append(error.description)
                }
            }
        }
        (self.places, self.frameCounts, self.statistics) = (places, frameCounts, statistics)
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

    /// An utterance as it was read, up to the rounding to 16 bits; only where samples are kept.
    ///
    /// - Throws: `FileReadError`.
    package func waveform(_ index: Int, sampleRate: Int) throws -> Waveform {
        guard case .samples(let samples) = try store.recording(places[index]) else {
            preconditionFailure("TrainingData.waveform: features are kept, not samples")
        }
        return Waveform(samples: samples.values, sampleRate: sampleRate)
    }

    /// The normalised features of an utterance, [frame, melBin]; only where no samples are kept.
    ///
    /// - Throws: `FileReadError`.
    package func spectrogram(_ index: Int) throws -> Spectrogram {
        guard case .features(var spectrogram) = try store.recording(places[index]) else {
            preconditionFailure("TrainingData.spectrogram: samples are kept, not features")
        }
        featureNormalization.apply(to: &spectrogram)
        return spectrogram
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
}

/// Where a recording is kept, and its share of the statistics.
private struct ReadUtterance: Sendable {
    let place: RecordingStore.Place
    let statistics: FeatureStatistics

    init(place: RecordingStore.Place, _ spectrogram: Spectrogram) {
        self.place = place
        var statistics = FeatureStatistics(melBinCount: spectrogram.melBinCount)
        statistics.add(spectrogram)
        self.statistics = statistics
    }
}
