import Audio
import Recognition
import Tensors
import Text

/// Makes micro-batches of tensors from utterances, changed at random if so configured.
struct DataLoader: Sendable {
    /// Utterances with normalised features.
    let data: TrainingData
    /// The tokens of each utterance.
    let labels: [[Int]]
    private let augmentation: Augmentation?

    /// How the utterances of a training set are changed.
    struct Augmentation: Sendable {
        let configuration: AugmentationConfiguration
        let waveforms: WaveformAugmentation
        let frontend: LogMelSpectrogram
        let normalization: FeatureNormalization
    }

    /// Lengths are padded to a multiple of this many frames, so that products of few sizes are prepared.
    private static let frameGranularity = 16

    /// - Parameter augmentation: nil: the utterances stay as they are.
    init(_ data: TrainingData, vocabulary: Vocabulary, augmentation: Augmentation? = nil) {
        self.data = data
        self.augmentation = augmentation
        labels = data.texts.map { vocabulary.tokens(of: $0) }
    }

    /// Features and labels of these utterances, padded to the longest.
    ///
    /// - Parameter key: of the random numbers of augmentation.
    /// - Throws: `AudioError` if a noise recording cannot be read.
    func batch(_ indices: [Int], key: RandomKey) throws -> TrainingBatch {
        let spectrograms = try indices.enumerated().map { try spectrogram($1, key: key.derived($0)) }
        let longest = spectrograms.map(\.frameCount).max() ?? 0
        let time = (longest + Self.frameGranularity - 1) / Self.frameGranularity * Self.frameGranularity
        let melBinCount = spectrograms.first?.melBinCount ?? 0
        let features = Tensor(zeros: [indices.count, time, melBinCount])
        for (row, spectrogram) in spectrograms.enumerated() {
            spectrogram.values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                (features.floats + row * time * melBinCount).update(from: base, count: values.count)
            }
        }
        return TrainingBatch(
            features: features, frameCounts: spectrograms.map(\.frameCount), labels: indices.map { labels[$0] })
    }

    /// What the decoder predicts for these utterances: characters and ends.
    func tokenCount(_ indices: [Int]) -> Int { indices.reduce(0) { $0 + labels[$1].count + 1 } }

    private func spectrogram(_ index: Int, key: RandomKey) throws -> Spectrogram {
        var spectrogram = data.spectrograms[index]
        guard let augmentation else { return spectrogram }
        var generator = key.generator
        if augmentation.configuration.changesWaveform {
            let waveform = data.waveform(index, sampleRate: augmentation.frontend.configuration.sampleRate)
            spectrogram = try augmentation.frontend(augmentation.waveforms.augmented(waveform, using: &generator))
            augmentation.normalization.apply(to: &spectrogram)
        }
        SpecAugment.apply(augmentation.configuration.specAugment, to: &spectrogram, using: &generator)
        return spectrogram
    }
}
