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

    /// An utterance as an epoch may draw it. One of weight 2.5 has three of them, the last of which comes in every other epoch.
    package struct Draw: Equatable, Sendable {
        /// Its place in `data`.
        package let utterance: Int
        /// Counted from 0: each copy is augmented anew.
        package let copy: Int
        /// How often it comes in an epoch, 0...1.
        package let weight: Double

        /// The draws of utterances with these weights: first copies first.
        package static func all(weights: [Double]) -> [Draw] {
            (0..<Int((weights.max() ?? 0).rounded(.up))).flatMap { copy in
                weights.indices.filter { weights[$0] > Double(copy) }
                    .map { Draw(utterance: $0, copy: copy, weight: min(1, weights[$0] - Double(copy))) }
            }
        }
    }

    /// Lengths are padded to a multiple of this many frames, so that products of few sizes are prepared.
    private static let frameGranularity = 16

    /// - Parameters:
    ///   - tokenizer: makes tokens of the texts.
    ///   - paddedFrameCount: at least as much as the longest utterance has.
    ///   - weights: how often each utterance comes in an epoch; nil: once.
    ///   - augmentation: nil: the utterances stay as they are.
    package init(
        _ data: TrainingData, tokenizer: any Tokenizer, paddedFrameCount: Int? = nil, weights: [Double]? = nil,
        augmentation: Augmentation? = nil
    ) {
        self.data = data
        self.augmentation = augmentation
        draws = Draw.all(weights: weights ?? Array(repeating: 1, count: data.utterances.count))
        self.tokenizer = tokenizer
        self.paddedFrameCount = paddedFrameCount
    }

    /// The tokens of an utterance, by its place in `data`.
    ///
    /// - Parameter frameCount: as augmentation has made it; nil: as it is.
    package func label(_ utterance: Int, frameCount: Int? = nil) -> [Int] {
        let frameCount = frameCount ?? data.frameCounts[utterance]
        return tokenizer.label(
            of: data.texts[utterance], durationInSeconds: Double(frameCount) * data.hopInSeconds)
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
            labels: zip(indices, spectrograms).map { label(draws[$0].utterance, frameCount: $1.frameCount) },
            tokenizer: tokenizer)
    }

    /// What the decoder predicts for these draws: characters and ends.
    package func tokenCount(_ indices: [Int]) -> Int {
        indices.reduce(0) { $0 + label(draws[$1].utterance).count + 1 }
    }

    /// The frames of a draw, before augmentation.
    package func frameCount(_ index: Int) -> Int { data.frameCounts[draws[index].utterance] }

    private func spectrogram(_ draw: Draw, epoch: Int) throws -> Spectrogram {
        let index = draw.utterance
        guard let augmentation else { return try data.spectrogram(index) }
        let id = data.utterances[index].id + (draw.copy == 0 ? "" : "#\(draw.copy)")
        var spectrogram: Spectrogram
        if augmentation.changes.configuration.changesWaveform {
            let waveform = try data.waveform(index, sampleRate: augmentation.frontend.configuration.sampleRate)
            spectrogram = try augmentation.frontend(augmentation.changes.waveform(waveform, id: id, epoch: epoch))
            augmentation.normalization.apply(to: &spectrogram)
        } else {
            spectrogram = try data.spectrogram(index)
        }
        augmentation.changes.apply(to: &spectrogram, id: id, epoch: epoch)
        return spectrogram
    }
}
