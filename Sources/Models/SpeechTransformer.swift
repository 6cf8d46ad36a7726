import Autograd
import NeuralNetwork
import Tensors
import Text

/// The model: spectrogram -> convolutional subsampling -> Transformer encoder -> Transformer decoder -> next character,
/// with a CTC output on the encoder; Vaswani et al. 2017, Dong et al. 2018, Watanabe et al. 2017.
public final class SpeechTransformer: Sendable {
    public let configuration: ModelConfiguration
    public let vocabularySize: Int
    /// All learned values.
    public let parameters: ParameterStore
    private let subsampling: ConvolutionalSubsampling
    private let encoder: TransformerEncoder
    private let ctcOutput: Linear?
    private let decoder: TransformerDecoder

    /// Declares the parameters of a model; they have no values until `parameters.initialize` or loading.
    public init(_ configuration: ModelConfiguration, vocabularySize: Int) {
        self.configuration = configuration
        self.vocabularySize = vocabularySize
        let transformer = configuration.transformer
        parameters = ParameterStore()
        subsampling = ConvolutionalSubsampling(
            parameters, "subsampling", featureCount: configuration.frontend.melBinCount,
            modelDimension: transformer.modelDimension, strides: configuration.subsamplingStrides,
            activation: transformer.activation)
        encoder = TransformerEncoder(
            parameters, "encoder", layerCount: configuration.encoderLayerCount, transformer,
            encoder: configuration.encoder)
        ctcOutput =
            configuration.hasCTCOutput
            ? Linear(parameters, "ctc_output", inputCount: transformer.modelDimension, outputCount: vocabularySize)
            : nil
        decoder = TransformerDecoder(
            parameters, "decoder", layerCount: configuration.decoderLayerCount, vocabularySize: vocabularySize,
            tiesEmbedding: configuration.tiesEmbedding, transformer, decoder: configuration.decoder)
    }

    /// What the encoder makes of a batch.
    public struct EncoderOutput {
        /// [batch, position, model]
        public let value: Variable
        /// The same of the layers that were asked for.
        public let intermediate: [Variable]
        /// Positions of each utterance.
        public let lengths: [Int]
    }

    /// The number of encoder positions of `frameCount` frames.
    public func positionCount(frameCount: Int) -> Int { subsampling.outputCount(frameCount) }

    /// Encodes [batch, frame, melBin] with the frames of each utterance.
    ///
    /// - Parameters:
    ///   - keeping: layers, counted from 1, whose outputs are wanted as well.
    ///   - thinning: the encoder positions that go through its layers; nil: all. For use alone, of one utterance.
    public func encode(
        _ features: Variable, lengths: [Int], keeping: [Int] = [], thinning: ThinnedPositions? = nil
    ) -> EncoderOutput {
        let (x, all) = subsampling(features, lengths: lengths)  // [batch, position, model]
        let positions = thinning.map { [$0.places.count] } ?? all
        let (output, intermediate) = encoder(x, lengths: positions, keeping: keeping, thinning: thinning)
        return EncoderOutput(value: output, intermediate: intermediate, lengths: positions)
    }

    /// Log probabilities of CTC of an encoder output, [batch, position, vocabulary], float32.
    ///
    /// - Precondition: the model has a CTC output.
    public func ctcLogProbabilities(_ encoded: Variable) -> Variable {
        guard let ctcOutput else { preconditionFailure("ctcLogProbabilities: a model without CTC output") }
        return ctcOutput(encoded, outputType: .float32).logSoftmax()
    }

    /// What the decoder needs of an encoder output, one variable for each layer.
    public func keysValues(_ encoded: EncoderOutput) -> [Variable] { decoder.keysValues(encoded.value) }

    /// The same for the steps of a search.
    ///
    /// - Parameter keyWeights: positions that stand for several; nil: none
    public func encoderCaches(_ encoded: EncoderOutput, keyWeights: KeyWeights? = nil) -> [KeyValueCache] {
        decoder.encoderCaches(encoded.value, lengths: encoded.lengths, keyWeights: keyWeights)
    }

    /// Empty caches for decoding `batch` hypotheses.
    public func makeCaches(batch: Int) -> [KeyValueCache] { decoder.caches(batch: batch) }

    /// Logits of the next token after each of `tokens`: see `TransformerDecoder`.
    public func decode(
        _ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int]
    ) -> Variable {
        decoder(tokens, batch: batch, keysValues: keysValues, encoderLengths: encoderLengths)
    }

    /// The same for the steps of a search: see `TransformerDecoder`.
    public func decode(
        _ tokens: [Int32], batch: Int, encoded: [KeyValueCache], caches: [KeyValueCache]? = nil, on tape: Tape,
        wanted: [Int]? = nil
    ) -> Variable {
        decoder(tokens, batch: batch, encoded: encoded, caches: caches, on: tape, wanted: wanted)
    }

    /// The same for one text, a few positions at a time: see `TransformerDecoder`.
    public func forEachLogits(
        _ tokens: [Int32], encoded: [KeyValueCache], on tape: Tape, _ take: (_ positions: Range<Int>, Tensor) -> Void
    ) {
        decoder.forEachLogits(tokens, encoded: encoded, on: tape, take)
    }

    /// Prepares the weights of linear maps for products of whole numbers of 8 bits: see `ParameterStore.prepareIntegers`.
    public func prepareIntegers() {
        parameters.prepareIntegers { !$0.name.hasSuffix(".positions") }
    }

    /// Packs the weights that a decoder reads for every token: see `ParameterStore.packForFewRows`.
    public func prepareDecoding() {
        parameters.packForFewRows {
            $0.name.hasPrefix("decoder.") && !$0.name.contains(".key_value.") && $0.name != "decoder.positions"
        }
    }
}
