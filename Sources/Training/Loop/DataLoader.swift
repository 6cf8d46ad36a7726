import Audio
import Recognition
import Tensors
import Text

/// Makes micro-batches of tensors from utterances.
struct DataLoader: Sendable {
    let data: TrainingData
    /// The tokens of each utterance.
    let labels: [[Int]]

    /// Lengths are padded to a multiple of this many frames, so that products of few sizes are prepared.
    private static let frameGranularity = 16

    init(_ data: TrainingData, vocabulary: Vocabulary) {
        self.data = data
        labels = data.texts.map { vocabulary.tokens(of: $0) }
    }

    /// Features and labels of these utterances, padded to the longest.
    func batch(_ indices: [Int]) -> TrainingBatch {
        let spectrograms = indices.map { data.spectrograms[$0] }
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
}
