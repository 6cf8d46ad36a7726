import Audio
import Models
import NeuralNetwork
import Numerics
import Tensors
import Text

/// Models small enough for a test.
public enum TinyModel {
    public static let vocabulary = Vocabulary(texts: ["abc "])

    public static func configuration(_ placement: NormalizationPlacement = .pre) -> ModelConfiguration {
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
    public static func model(seed: UInt64 = 1, _ placement: NormalizationPlacement = .pre) throws -> SpeechModel {
        let model = try SpeechModel(
            .init(model: configuration(placement), featureNormalization: .none), vocabulary: vocabulary)
        model.network.parameters.initialize(seed: seed)
        return model
    }

    /// Features of made-up utterances, [utterance][frame, melBin].
    public static func features(frameCounts: [Int], seed: UInt64 = 3) -> [Spectrogram] {
        frameCounts.enumerated().map { index, count in
            var generator = RandomKey(seed: seed).derived(index).generator
            return Spectrogram(
                values: (0..<count * 8).map { _ in 2 * generator.uniform() - 1 }, frameCount: count, melBinCount: 8)
        }
    }
}
