import Audio
import Tensors
import Text

/// Makes micro-batches of tensors from utterances, changed at random if so configured.
package struct DataLoader: Sendable {
    /// Utterances with normalised features.
    package let data: TrainingData
    package let tokenizer: any Tokenizer
    /// What each utterance is filled up to with zeros, which then count as its own frames; nil: to the longest of a micro-batch, without
    /// counting.
    package let paddedFrameCount: Int?
    /// What batches are made of.
    package let draws: [Draw]
    private let augmentation: Augmentation?
    /// What stands between the texts of joined utterances.
    private let separator: String

    /// How utterances are joined.
    package struct Joining: Sendable {
        /// The share of the epochs in which they come so, above 0 and below 1.
        package let share: Double
        /// What stands between their texts.
        package let separator: String
        /// Whether a recording of so many frames with this label can be learned from.
        package let canLearn: @Sendable (_ frameCount: Int, _ label: [Int]) -> Bool

        package init(
            share: Double, separator: String = " ",
            canLearn: @escaping @Sendable (_ frameCount: Int, _ label: [Int]) -> Bool
        ) {
            self.share = share
            self.separator = separator
            self.canLearn = canLearn
        }
    }

    /// How the utterances of a training set are changed.
    package struct Augmentation: Sendable {
        package let changes: UtteranceAugmentation
        package let frontend: LogMelSpectrogram
        package let normalization: FeatureNormalization

        package init(
            changes: UtteranceAugmentation, frontend: LogMelSpectrogram, normalization: FeatureNormalization
        ) {
            self.changes = changes
            self.frontend = frontend
            self.normalization = normalization
        }
    }

    /// Lengths are padded to a multiple of this many frames, so that products of few sizes are prepared.
    private static let frameGranularity = 16

    /// - Parameters:
    ///   - tokenizer: makes tokens of the texts.
    ///   - paddedFrameCount: at least as much as the longest utterance has.
    ///   - weights: how often each utterance comes in an epoch; nil: once.
    ///   - joining: nil: utterances come one by one.
    ///   - augmentation: nil: the utterances stay as they are.
    package init(
        _ data: TrainingData, tokenizer: any Tokenizer, paddedFrameCount: Int? = nil, weights: [Double]? = nil,
        joining: Joining? = nil, augmentation: Augmentation? = nil
    ) {
        self.data = data
        self.augmentation = augmentation
        self.tokenizer = tokenizer
        self.paddedFrameCount = paddedFrameCount
        separator = joining?.separator ?? " "
        let weights = weights ?? Array(repeating: 1, count: data.utterances.count)
        guard let joining else {
            draws = Draw.all(weights: weights)
            return
        }
        precondition(data.keepsSamples, "DataLoader: features are kept, which cannot be joined")
        let joined = Draw.joined(weights: weights) { utterances in
            joining.canLearn(
                data.frameCount(utterances),
                tokenizer.tokens(of: data.texts[utterances].joined(separator: joining.separator)))
        }
        draws = Draw.all(weights: weights, joined: joined, share: joining.share)
    }

    /// The tokens of a draw, by its place in `draws`.
    ///
    /// - Parameter frameCount: as augmentation has made it; nil: as it is.
    package func label(_ index: Int, frameCount: Int? = nil) -> [Int] {
        let frameCount = frameCount ?? self.frameCount(index)
        return tokenizer.label(
            of: data.texts[draws[index].utterances].joined(separator: separator),
            durationInSeconds: Double(frameCount) * data.hopInSeconds)
    }

    /// Features and labels of these draws, padded to the longest.
    ///
    /// - Parameter epoch: counted from 0; each changes the utterances anew.
    /// - Throws: as `spectrograms`.
    package func batch(_ indices: [Int], epoch: Int) throws -> TrainingBatch {
        batch(indices, of: try spectrograms(indices, epoch: epoch))
    }

    /// The features of these draws, changed at random if so configured.
    ///
    /// - Parameter epoch: counted from 0; each changes the utterances anew.
    /// - Throws: `AudioError` if a noise recording cannot be read; as `TrainingData.waveform`.
    package func spectrograms(_ indices: [Int], epoch: Int) throws -> [Spectrogram] {
        try indices.map { try spectrogram(draws[$0], epoch: epoch) }
    }

    /// These features and the labels of their draws, padded to the longest.
    package func batch(_ indices: [Int], of spectrograms: [Spectrogram]) -> TrainingBatch {
        let longest = spectrograms.map(\.frameCount).max() ?? 0
        precondition(
            longest <= paddedFrameCount ?? .max, "DataLoader: \(longest) frames, padded to \(paddedFrameCount ?? 0)")
        let time =
            paddedFrameCount ?? (longest + Self.frameGranularity - 1) / Self.frameGranularity * Self.frameGranularity
        let melBinCount = spectrograms.first?.melBinCount ?? 0
        let features = Tensor(zeros: [indices.count, time, melBinCount])
        for (row, spectrogram) in spectrograms.enumerated() {
            spectrogram.values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                (features.floats + row * time * melBinCount).update(from: base, count: values.count)
            }
        }
        return TrainingBatch(
            features: features, frameCounts: spectrograms.map { paddedFrameCount ?? $0.frameCount },
            labels: zip(indices, spectrograms).map { label($0, frameCount: $1.frameCount) },
            tokenizer: tokenizer)
    }

    /// What the decoder predicts for these draws: characters and ends.
    package func tokenCount(_ indices: [Int]) -> Int {
        indices.reduce(0) { $0 + label($1).count + 1 }
    }

    /// The frames of a draw, before augmentation.
    package func frameCount(_ index: Int) -> Int { data.frameCount(draws[index].utterances) }

    private func spectrogram(_ draw: Draw, epoch: Int) throws -> Spectrogram {
        let first = draw.utterances.lowerBound
        guard let augmentation else { return try data.spectrogram(first) }
        let id =
            data.utterances[first].id + (draw.utterances.count == 1 ? "" : "+\(draw.utterances.count - 1)")
            + (draw.copy == 0 ? "" : "#\(draw.copy)")
        var spectrogram: Spectrogram
        if data.keepsSamples {
            let sampleRate = augmentation.frontend.configuration.sampleRate
            let samples = try draw.utterances.flatMap { try data.waveform($0, sampleRate: sampleRate).samples }
            let waveform = Waveform(samples: samples, sampleRate: sampleRate)
            spectrogram = try augmentation.frontend(augmentation.changes.waveform(waveform, id: id, epoch: epoch))
            augmentation.normalization.apply(to: &spectrogram)
        } else {
            spectrogram = try data.spectrogram(first)
        }
        augmentation.changes.apply(to: &spectrogram, id: id, epoch: epoch)
        return spectrogram
    }
}
