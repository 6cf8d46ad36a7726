import Audio
import Models
import NeuralNetwork
import Recognition
import Tensors
import TestSupport
import Testing

@Suite struct TranscriptionBenchmarkTests {
    /// openai/whisper has 37,184,640 (tiny) and 71,825,920 (base) learned values, without the sines of the encoder (1500 x dimension),
    /// which are a table here. Keys have a bias here, in each of 3 attentions of every pair of layers.
    @Test(arguments: [
        (TranscriptionBenchmark.Preset.whisperTiny, 37_184_640, 384, 4), (.whisperBase, 71_825_920, 512, 6),
    ])
    func presetsHaveTheSizesOfWhisper(
        preset: TranscriptionBenchmark.Preset, whisper: Int, dimension: Int, layerCount: Int
    ) {
        let model = EncoderDecoder(
            preset.configuration, vocabularySize: TranscriptionBenchmark.Preset.vocabularySize)
        let expected: Int = whisper + 1_500 * dimension + 3 * layerCount * dimension
        #expect(model.parameters.parameterCount == expected)
        #expect(model.positionCount(frameCount: 3_000) == 1_500)
    }

    /// Counted by hand for 8 mel bins, 4 frames, strides 2 and 2, one layer each of dimension 2 and feed-forward 3, 2
    /// tokens, 5 in the vocabulary.
    @Test func operations() {
        var configuration = TinyModel.configuration()
        configuration.encoderLayerCount = 1
        configuration.decoderLayerCount = 1
        configuration.transformer.modelDimension = 2
        configuration.transformer.feedForwardDimension = 3
        // Convolutions: 2 positions of 3 x 8 x 2, 1 position of 3 x 2 x 2. The layer at 1 position: 4 projections 2 x 2,
        // 2 x (2 x 3), scores and context 2 x (1 x 2). Each multiplication comes with an addition.
        let encoder: Int = 96 + 12 + 16 + 12 + 4
        #expect(configuration.encoderOperations(frameCount: 4, positionCount: 1) == Double(2 * encoder))
        // Two tokens, each: 4 + 2 projections 2 x 2, 2 x (2 x 3), scores and context with 2 tokens and with 1 position;
        // keys and values of the position: 2 x (2 x 2); the output: 2 x 5 for each token.
        let decoder: Int = 2 * (24 + 12 + 8 + 4) + 8 + 20
        let counted = configuration.decoderOperations(positionCount: 1, tokenCount: 2, vocabularySize: 5)
        #expect(counted == Double(2 * decoder))
        #expect(configuration.ctcOperations(positionCount: 3, vocabularySize: 5) == 60)  // 2 x 3 x 2 x 5
    }

    /// A Conformer layer has a second feed-forward network and the convolution module: 2 -> 4, width 15 x 2, 2 -> 2.
    @Test func operationsOfAConformer() {
        var configuration = TinyModel.configuration()
        configuration.encoderLayerCount = 1
        configuration.transformer.modelDimension = 2
        configuration.transformer.feedForwardDimension = 3
        let transformer = configuration.encoderOperations(frameCount: 4, positionCount: 1)
        configuration.encoder.layer = .conformer
        configuration.encoder.convolutionWidth = 15
        let conformer = configuration.encoderOperations(frameCount: 4, positionCount: 1)
        #expect(conformer - transformer == 108)  // 2 x (12 + 12 + 30)
    }

    /// Every run has its times; the search takes one step more than it has tokens.
    @Test func everyRunIsMeasured() throws {
        let model = try TinyModel.model().network
        let benchmark = TranscriptionBenchmark(model, precision: .float32, workers: WorkerPool(threadCount: 2))
        let waveform = Waveform(samples: Array(repeating: 0.1, count: 16_000), sampleRate: 16_000)
        let result = try benchmark.run(waveform, runCount: 3, beamSizes: [1, 5], tokenCount: 4)
        for times in [
            result.features, result.encoder, result.keysValues, result.perToken(beamSize: 1),
            result.perToken(beamSize: 5), result.utterance(beamSize: 5),
        ] {
            #expect(times.count == 3 && times.allSatisfy { $0 > 0 })
        }
        #expect(result.stepCount == 5)
        #expect(abs(result.perToken(beamSize: 5)[0] * 5 - (result.search[5]?[0] ?? .nan)) < 1e-9)
        let search = try #require(result.search[1])
        let parts: [Double] = [result.features[2], result.encoder[2], result.keysValues[2], search[2]]
        #expect(abs(result.utterance(beamSize: 1)[2] - parts.reduce(0, +)) < 1e-9)
        #expect(result.productOperationsPerSecond > 0)
    }
}
