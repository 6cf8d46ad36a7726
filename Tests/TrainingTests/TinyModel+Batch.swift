import Audio
import Datasets
import Models
import Tensors
import TestSupport

extension TinyModel {
    /// These utterances as one padded batch.
    static func batch(_ spectrograms: [Spectrogram], texts: [String]) -> TrainingBatch {
        let time = spectrograms.map(\.frameCount).max() ?? 0
        let features = Tensor(zeros: [spectrograms.count, time, 8])
        for (row, spectrogram) in spectrograms.enumerated() {
            for (index, value) in spectrogram.values.enumerated() { features.floats[row * time * 8 + index] = value }
        }
        return TrainingBatch(
            features: features, frameCounts: spectrograms.map(\.frameCount),
            labels: texts.map { vocabulary.tokens(of: $0) }, tokenizer: vocabulary)
    }
}
