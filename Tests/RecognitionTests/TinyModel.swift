import Audio
import NeuralNetwork
import Recognition
import Tensors
import Text

/// Models small enough for a test.
enum TinyModel {
    static let vocabulary = Vocabulary(texts: ["abc "])

    static func configuration(_ placement: NormalizationPlacement = .pre) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.frontend = FrontendConfiguration(melBinCount: 8)
        configuration.featureNormalization = .none
        configuration.encoderLayerCount = 2
        configuration.decoderLayerCount = 2
        configuration.transformer = TransformerConfiguration(
            modelDimension: 16, headCount: 2, feedForwardDimension: 32, normalization: placement, dropout: 0.1)
        return configuration
    }

    /// A model with parameters drawn from a seed.
    static func model(seed: UInt64 = 1, _ placement: NormalizationPlacement = .pre) throws -> SpeechModel {
        let model = try SpeechModel(
            .init(model: configuration(placement), featureNormalization: .none), vocabulary: vocabulary)
        model.transformer.parameters.initialize(seed: seed)
        return model
    }

    /// Features of made-up utterances, [utterance][frame, melBin].
    static func features(frameCounts: [Int], seed: UInt64 = 3) -> [Spectrogram] {
        frameCounts.enumerated().map { index, count in
            var generator = RandomKey(seed: seed).derived(index).generator
            return Spectrogram(
                values: (0..<count * 8).map { _ in 2 * generator.uniform() - 1 }, frameCount: count, melBinCount: 8)
        }
    }

    /// These utterances as one padded batch.
    static func batch(_ spectrograms: [Spectrogram], texts: [String]) -> TrainingBatch {
        let time = spectrograms.map(\.frameCount).max() ?? 0
        let features = Tensor(zeros: [spectrograms.count, time, 8])
        for (row, spectrogram) in spectrograms.enumerated() {
            for (index, value) in spectrogram.values.enumerated() { features.floats[row * time * 8 + index] = value }
        }
        return TrainingBatch(
            features: features, frameCounts: spectrograms.map(\.frameCount),
            labels: texts.map { vocabulary.tokens(of: $0) })
    }
}
