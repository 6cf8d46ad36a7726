import Audio
import Autograd
import Datasets
import Models
import NeuralNetwork
import Numerics
import Tensors
import Text

/// What a processor computes for a made-up batch, as a hash: ranks whose processors have other instructions add in another order, and
/// their gradients would not fit together to the last bit.
enum MachineProbe {
    /// The hash of features, losses and gradients of a small model, and of products of the sizes of the model that is trained.
    static func fingerprint(_ configuration: TrainingConfiguration) -> [UInt8] {
        var fingerprint = Fingerprint()
        addFeatures(to: &fingerprint, configuration.model.frontend)
        addGradients(to: &fingerprint, configuration.precision.elementType)
        let transformer = configuration.model.transformer
        addProduct(
            to: &fingerprint, rows: 200, inner: transformer.modelDimension, columns: transformer.feedForwardDimension)
        addProduct(
            to: &fingerprint, rows: transformer.modelDimension, inner: 1_000, columns: transformer.feedForwardDimension)
        return Array(fingerprint.description.utf8)
    }

    private static func values(_ count: Int, _ use: String) -> [Float] {
        var generator = RandomKey(seed: 1).derived(use).generator
        return (0..<count).map { _ in 2 * generator.uniform() - 1 }
    }

    private static func add(_ values: [Float], to fingerprint: inout Fingerprint) {
        for value in values { fingerprint.add(UInt64(value.bitPattern)) }
    }

    private static func addFeatures(to fingerprint: inout Fingerprint, _ frontend: FrontendConfiguration) {
        guard let spectrogram = try? LogMelSpectrogram(configuration: frontend) else { return }  // refused elsewhere
        let waveform = Waveform(samples: values(frontend.sampleRate, "waveform"), sampleRate: frontend.sampleRate)
        if let features = try? spectrogram(waveform) { add(features.values, to: &fingerprint) }
    }

    private static func addProduct(to fingerprint: inout Fingerprint, rows: Int, inner: Int, columns: Int) {
        let left = Tensor(values(rows * inner, "left"), shape: [rows, inner])
        let right = Tensor(values(inner * columns, "right"), shape: [inner, columns])
        let result = Tensor(zeros: [rows, columns])
        MatrixProduct.multiply(MatrixView(left), MatrixView(right), into: MatrixView(result))
        add(result.values, to: &fingerprint)
    }

    /// Forward and backward pass of a small model, with dropout.
    private static func addGradients(to fingerprint: inout Fingerprint, _ precision: ElementType) {
        var configuration = ModelConfiguration()
        configuration.encoderLayerCount = 1
        configuration.decoderLayerCount = 1
        configuration.transformer = TransformerConfiguration(
            modelDimension: 64, headCount: 2, feedForwardDimension: 128, dropout: 0.1)
        let vocabulary = Vocabulary(texts: ["abcdef"])
        let network = EncoderDecoder(configuration, vocabularySize: vocabulary.count)
        network.parameters.initialize(seed: 1)
        if precision == .bfloat16 { network.parameters.updateBFloat16Values() }
        let (size, frameCount, binCount) = (2, 160, configuration.frontend.melBinCount)
        let batch = TrainingBatch(
            features: Tensor(values(size * frameCount * binCount, "features"), shape: [size, frameCount, binCount]),
            frameCounts: [frameCount, frameCount - 30], labels: ["abcdef", "fed"].map { vocabulary.tokens(of: $0) },
            tokenizer: vocabulary)
        let gradients = ParameterGradients(for: network.parameters)
        let tape = Tape(precision: precision, gradients: gradients, dropoutKey: RandomKey(seed: 1))
        let loss = network.loss(batch, tape: tape, tokenCount: 11, LossConfiguration())
        tape.backward()
        fingerprint.add(loss.crossEntropy.loss.bitPattern)
        fingerprint.add(loss.ctc.loss.bitPattern)
        for parameter in network.parameters.parameters {
            add(gradients.gradient(of: parameter).values, to: &fingerprint)
        }
    }
}
