import CKernels
import Tensors
import Text

/// A Whisper model of this program as others see it: its sizes, and its tensors under their names.
struct WhisperExport {
    let model: SpeechModel
    let tokenizer: WhisperTokenizer
    let dimensions: WhisperDimensions
    let rows: [WhisperTensorNames.Row]
    /// Whether each value is a half, bit for bit: then the files have halves.
    let isHalf: Bool
    private let parameters: [String: Tensor]

    /// - Throws: `ModelError` if the model is not Whisper's network, or has no tokens of Whisper's.
    init(_ model: SpeechModel) throws(ModelError) {
        guard let tokenizer = model.whisper else {
            throw ModelError(
                "this model writes characters, not Whisper's tokens; only Whisper models can be given in that form")
        }
        let (configuration, transformer) = (model.configuration, model.configuration.transformer)
        guard configuration.encoder.positions == .learned, configuration.decoder.positions == .learned,
            configuration.encoder.layer == .transformer, configuration.decoder.layer == .transformer,
            configuration.subsamplingStrides == [1, 2],
            transformer.activation == .gelu, transformer.normalization == .pre, configuration.tiesEmbedding,
            !configuration.decoder.scalesEmbedding, !configuration.decoder.hasOutputBias, !configuration.hasCTCOutput
        else {
            throw ModelError(
                "this model is not Whisper's network (\(configuration.networkDescription)); only Whisper models can be given in "
                    + "that form")
        }
        self.model = model
        self.tokenizer = tokenizer
        dimensions = WhisperDimensions(
            melBinCount: configuration.frontend.melBinCount, vocabularySize: tokenizer.count,
            modelDimension: transformer.modelDimension, headCount: transformer.headCount,
            feedForwardDimension: transformer.feedForwardDimension, encoderLayerCount: configuration.encoderLayerCount,
            decoderLayerCount: configuration.decoderLayerCount,
            encoderPositionCount: configuration.encoder.positionCount,
            decoderPositionCount: configuration.decoder.positionCount)
        rows = WhisperTensorNames(dimensions).rows
        let values = model.network.parameters.parameters.map { ($0.name, $0.value) }
        parameters = Dictionary(uniqueKeysWithValues: values)
        isHalf = values.allSatisfy { Self.isHalf($0.1) }
    }

    /// The values of a tensor in the shape of its row. A bias of keys is left out: it changes no attention.
    func values(_ row: WhisperTensorNames.Row) -> Tensor {
        guard let joined = parameters[row.ours.name] else {
            preconditionFailure("WhisperExport: the network has no \(row.ours.name)")
        }
        let count = joined.shape[0] / row.ours.count
        let part = joined.rows(row.ours.part * count..<(row.ours.part + 1) * count)
        guard row.isConvolution else { return part }
        // [output, width * input] -> [output, input, width]
        let result = Tensor(uninitialized: row.shape, .float32)
        let (inputs, width) = (row.shape[1], row.shape[2])
        for output in 0..<row.shape[0] {
            let first = output * inputs * width
            for input in 0..<inputs {
                for frame in 0..<width {
                    result.floats[first + input * width + frame] = part.floats[first + frame * inputs + input]
                }
            }
        }
        return result
    }

    /// Writes the values as halves, which they must be.
    ///
    /// - Parameter target: memory for as many halves as the tensor has values.
    static func halves(_ tensor: Tensor, into target: UnsafeMutablePointer<UInt16>) {
        _ = Kernels.table.half_from_float(target, tensor.floats, Int64(tensor.count))
    }

    /// Whether each value is a half, a piece at a time.
    private static func isHalf(_ tensor: Tensor) -> Bool {
        let size = 1 << 16
        var halves = [UInt16](repeating: 0, count: size)
        return stride(from: 0, to: tensor.count, by: size).allSatisfy { first in
            Kernels.table.half_from_float(&halves, tensor.floats + first, Int64(min(size, tensor.count - first)))
        }
    }
}
