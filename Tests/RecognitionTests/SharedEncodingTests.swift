import Autograd
import Files
import Models
import NeuralNetwork
import Tensors
import TestSupport
import Testing

/// One utterance long enough for its work to be shared: 1800 frames, 450 positions.
@Suite struct SharedEncodingTests {
    private static let frameCount = 1_800

    private static func configuration(_ layer: EncoderConfiguration.Layer, _ activation: Activation)
        -> ModelConfiguration
    {
        var configuration = TinyModel.configuration()
        configuration.encoder.layer = layer
        configuration.encoder.pyramidLayerCount = layer == .lstm ? 1 : 0
        configuration.encoderLayerCount = 2
        configuration.transformer.modelDimension = 96
        configuration.transformer.headCount = 3
        configuration.transformer.feedForwardDimension = 384
        configuration.transformer.activation = activation
        return configuration
    }

    @Test(
        arguments: [
            (EncoderConfiguration.Layer.transformer, Activation.gelu), (.transformer, .relu), (.conformer, .swish),
            (.lstm, .relu),
        ],
        [ElementType.float32, .bfloat16].filter(\.isSupported))
    func theSameBitsForAnyThreadCount(network: (EncoderConfiguration.Layer, Activation), precision: ElementType) {
        let model = EncoderDecoder(Self.configuration(network.0, network.1), vocabularySize: 10)
        model.parameters.initialize(seed: 1)
        model.parameters.updateBFloat16Values()
        let features = Tensor.random([1, Self.frameCount, 8], seed: 2)
        func encoded() -> [Float] {
            let tape = Tape(precision: precision)
            let output = model.encode(tape.variable(features), lengths: [Self.frameCount])
            return output.value.value.values + model.keysValues(output).flatMap { $0.value.values }
        }
        let serial = SharedWork.among(nil) { encoded() }
        for threadCount in [1, 2, 3] {
            #expect(SharedWork.among(WorkerPool(threadCount: threadCount)) { encoded() } == serial)
        }
        // And the same forward pass as without any cutting, but for the rounding of products of other sizes.
        expectClose(encoded(), serial, absolute: precision == .float32 ? 1e-4 : 0.1)
    }
}
