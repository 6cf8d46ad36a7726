import Audio
import Models
import NeuralNetwork

extension TranscriptionBenchmark {
    /// Sizes with a name, for a model with random weights.
    public enum Preset: String, CaseIterable, Sendable {
        case whisperTiny = "whisper-tiny"
        case whisperBase = "whisper-base"

        /// Tokens of the multilingual Whisper models.
        public static let vocabularySize = 51_865

        /// The architecture of openai/whisper: Radford et al. 2022, table 1.
        public var configuration: ModelConfiguration {
            var configuration = ModelConfiguration()
            configuration.frontend = FrontendConfiguration(kind: .whisper, melBinCount: 80)
            configuration.subsamplingStrides = [1, 2]  // 3000 frames of 10 ms become 1500 positions
            let (dimension, heads, layers) = self == .whisperTiny ? (384, 6, 4) : (512, 8, 6)
            configuration.hasCTCOutput = false
            configuration.encoder = EncoderConfiguration(positions: .learned, positionCount: 1500)
            configuration.decoder = DecoderConfiguration(
                positions: .learned, positionCount: 448, scalesEmbedding: false, hasOutputBias: false)
            configuration.encoderLayerCount = layers
            configuration.decoderLayerCount = layers
            configuration.transformer = TransformerConfiguration(
                modelDimension: dimension, headCount: heads, feedForwardDimension: 4 * dimension, activation: .gelu,
                normalization: .pre, dropout: 0)
            return configuration
        }

        /// A model of these sizes with random weights.
        public func makeNetwork() -> EncoderDecoder {
            let network = EncoderDecoder(configuration, vocabularySize: Self.vocabularySize)
            network.parameters.initialize(seed: 1)
            return network
        }
    }
}
