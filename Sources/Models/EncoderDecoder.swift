import Autograd
import NeuralNetwork
import Tensors
import Text

/// The network of a model: spectrogram -> convolutional subsampling -> encoder -> decoder -> next token, with a CTC output on the encoder;
/// Vaswani et al. 2017, Dong et al. 2018, Watanabe et al. 2017. Encoder and decoder are Transformers, as a rule, or recurrent networks.
public final class EncoderDecoder: Sendable {
    public let configuration: ModelConfiguration
    public let vocabularySize: Int
    /// All learned values.
    public let parameters: ParameterStore
    private let subsampling: ConvolutionalSubsampling
    private let encoder: SpeechEncoder
    private let ctcOutput: Linear?
    private let decoder: SpeechDecoder

    /// Declares the parameters; they have no values until `parameters.initialize` or loading.
    public init(_ configuration: ModelConfiguration, vocabularySize: Int) {
        self.configuration = configuration
        self.vocabularySize = vocabularySize
        let transformer = configuration.transformer
        parameters = ParameterStore()
        subsampling = ConvolutionalSubsampling(
            parameters, "subsampling", featureCount: configuration.frontend.melBinCount,
            modelDimension: transformer.modelDimension, strides: configuration.subsamplingStrides,
            activation: transformer.activation)
        encoder = SpeechEncoder(
            parameters, "encoder", layerCount: configuration.encoderLayerCount, transformer,
            encoder: configuration.encoder)
        ctcOutput =
            configuration.hasCTCOutput
            ? Linear(parameters, "ctc_output", inputCount: transformer.modelDimension, outputCount: vocabularySize)
            : nil
        decoder = SpeechDecoder(
            parameters, "decoder", layerCount: configuration.decoderLayerCount, vocabularySize: vocabularySize,
            tiesEmbedding: configuration.tiesEmbedding, transformer, decoder: configuration.decoder)
    }

    /// What the encoder makes of a batch.
    public typealias EncoderOutput = EncodedSequences

    /// The number of encoder positions of `frameCount` frames.
    public func positionCount(frameCount: Int) -> Int {
        encoder.outputCount(subsampling.outputCount(frameCount))
    }

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
        return encoder(x, lengths: positions, keeping: keeping, thinning: thinning)
    }

    /// Log probabilities of CTC of an encoder output, [batch, position, vocabulary], float32.
    ///
    /// - Precondition: the network has a CTC output.
    public func ctcLogProbabilities(_ encoded: Variable) -> Variable {
        guard let ctcOutput else { preconditionFailure("ctcLogProbabilities: a network without CTC output") }
        return ctcOutput(encoded, outputType: .float32).logSoftmax()
    }

    /// What the decoder needs of an encoder output.
    public func keysValues(_ encoded: EncoderOutput) -> [Variable] { decoder.keysValues(encoded.value) }

    /// The same for the steps of a search.
    ///
    /// - Parameter keyWeights: positions that stand for several; nil: none
    public func decoderMemory(_ encoded: EncoderOutput, keyWeights: KeyWeights? = nil) -> DecoderMemory {
        decoder.memory(encoded, keyWeights: keyWeights)
    }

    /// What is known of `batch` hypotheses before their first token.
    public func decoderState(batch: Int) -> DecoderState { decoder.state(batch: batch) }

    /// Logits of the next token after each of `tokens`: see `SpeechDecoder`.
    public func decode(
        _ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int]
    ) -> Variable {
        decoder(tokens, batch: batch, keysValues: keysValues, encoderLengths: encoderLengths)
    }

    /// The same for the steps of a search: see `SpeechDecoder`.
    public func decode(
        _ tokens: [Int32], batch: Int, memory: DecoderMemory, state: DecoderState? = nil, on tape: Tape,
        wanted: [Int]? = nil
    ) -> Variable {
        decoder(tokens, batch: batch, memory: memory, state: state, on: tape, wanted: wanted)
    }

    /// The same for one text, a few positions at a time: see `SpeechDecoder`.
    public func forEachLogits(
        _ tokens: [Int32], memory: DecoderMemory, on tape: Tape, _ take: (_ positions: Range<Int>, Tensor) -> Void
    ) {
        decoder.forEachLogits(tokens, memory: memory, on: tape, take)
    }

    /// Brings the weights into the form in which a search reads them fastest.
    public func prepare(for precision: InferencePrecision) {
        switch precision {
        case .bfloat16: parameters.prepareBFloat16Values()
        case .float32: prepareDecoding()
        case .int8: prepareIntegers()
        }
    }

    /// Prepares the weights of linear maps for products of whole numbers of 8 bits: see `ParameterStore.prepareIntegers`.
    private func prepareIntegers() {
        parameters.prepareIntegers { !$0.name.hasSuffix(".positions") && !Self.isReadByRecurrence($0.name) }
    }

    /// Packs the weights that a decoder reads for every token: see `ParameterStore.packForFewRows`.
    private func prepareDecoding() {
        parameters.packForFewRows {
            $0.name.hasPrefix("decoder.") && !$0.name.contains(".key_value.") && $0.name != "decoder.positions"
                && $0.name != "decoder.attention.key.weight" && !Self.isReadByRecurrence($0.name)
        }
    }

    /// Whether the steps of a recurrent network multiply by a weight, as they do in float32 or bfloat16 alone.
    private static func isReadByRecurrence(_ name: String) -> Bool {
        name == "decoder.attention.query.weight"
            || [".input.weight", ".recurrent.weight", ".context.weight"].contains { name.hasSuffix($0) }
    }
}
