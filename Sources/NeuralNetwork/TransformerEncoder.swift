import Autograd
import Tensors

/// A stack of encoder layers, with a last normalisation where the layers normalise before their sublayers.
public struct TransformerEncoder: Sendable {
    public let layers: [EncoderLayer]
    let finalNorm: LayerNorm?
    let positions: PositionalEncoding
    let dropout: Float

    public init(_ store: ParameterStore, _ name: String, layerCount: Int, _ configuration: TransformerConfiguration) {
        layers = (0..<layerCount).map { EncoderLayer(store, "\(name).layers.\($0)", configuration) }
        finalNorm =
            configuration.normalization == .pre
            ? LayerNorm(store, "\(name).final_norm", featureCount: configuration.modelDimension) : nil
        positions = PositionalEncoding(modelDimension: configuration.modelDimension)
        dropout = configuration.dropout
    }

    /// [batch, time, model] -> [batch, time, model], in the tape's precision where the layers normalise before their
    /// sublayers, else float32
    public func callAsFunction(_ input: Variable, lengths: [Int]) -> Variable {
        let mask = AttentionMask.padding(lengths: lengths)
        var x = input.addingPositions(positions(count: input.value.shape[1])).dropout(rate: dropout)
        for layer in layers { x = layer(x, mask: mask) }
        return finalNorm.map { $0(x) } ?? x
    }
}
