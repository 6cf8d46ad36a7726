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
        let changes: UtteranceAugmentation
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
    /// - Parameter epoch: counted from 0; each changes the utterances anew.
    /// - Throws: `AudioError` if a noise recording cannot be read.
    func batch(_ indices: [Int], epoch: Int) throws -> TrainingBatch {
        let spectrograms = try indices.map { try spectrogram($0, epoch: epoch) }
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

    private func spectrogram(_ index: Int, epoch: Int) throws -> Spectrogram {
        var spectrogram = data.spectrograms[index]
        guard let augmentation else { return spectrogram }
        let id = data.utterances[index].id
        if augmentation.changes.configuration.changesWaveform {
            let waveform = data.waveform(index, sampleRate: augmentation.frontend.configuration.sampleRate)
            spectrogram = try augmentation.frontend(augmentation.changes.waveform(waveform, id: id, epoch: epoch))
            augmentation.normalization.apply(to: &spectrogram)
        }
        augmentation.changes.apply(to: &spectrogram, id: id, epoch: epoch)
        return spectrogram
    }
}
