import Autograd
import Tensors

/// A stack of bidirectional LSTM layers, of which some read pairs of positions, so that the sequence gets shorter from layer to layer (a
/// pyramid); Chan et al. 2016, section 3.1.
public struct LSTMEncoder: Sendable {
    public let layers: [LSTM]
    /// Layers that read pairs: from the second one on.
    let pyramidLayerCount: Int
    let dropout: Float

    /// - Parameters:
    ///   - layerCount: at least one more than there are layers that read pairs
    ///   - configuration: whose model dimension is even: half of it are the units of each direction
    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, _ configuration: TransformerConfiguration,
        encoder: EncoderConfiguration
    ) {
        let model = configuration.modelDimension
        precondition(
            model % 2 == 0 && encoder.pyramidLayerCount < layerCount,
            "LSTMEncoder: dimension \(model), \(encoder.pyramidLayerCount) of \(layerCount) layers read pairs")
        pyramidLayerCount = encoder.pyramidLayerCount
        layers = (0..<layerCount).map { index in
            LSTM(
                store, "\(name).layers.\(index)",
                inputCount: Self.readsPairs(index, encoder.pyramidLayerCount) ? 2 * model : model, unitCount: model / 2,
                isBidirectional: true)
        }
        dropout = configuration.dropout
    }

    /// Whether a layer, counted from 0, reads pairs.
    private static func readsPairs(_ layer: Int, _ pyramidLayerCount: Int) -> Bool {
        layer > 0 && layer <= pyramidLayerCount
    }

    /// The number of positions that `positionCount` positions become.
    public func outputCount(_ positionCount: Int) -> Int {
        (0..<pyramidLayerCount).reduce(positionCount) { count, _ in pairCount(count) }
    }

    /// [batch, time, model] -> [batch, shorter time, model], in the tape's precision; 0 behind the end of a sequence
    ///
    /// - Parameters:
    ///   - lengths: positions of each sequence
    ///   - keeping: layers, counted from 1, whose outputs are wanted as well
    /// - Returns: the output of the last layer, and those of the layers in `keeping`.
    public func callAsFunction(_ input: Variable, lengths: [Int], keeping: [Int] = []) -> EncodedSequences {
        var x = input
        var lengths = lengths
        var intermediate: [EncodedSequences] = []
        for (index, layer) in layers.enumerated() {
            if Self.readsPairs(index, pyramidLayerCount) {
                x = x.joiningPairs()
                lengths = lengths.map(pairCount)
            }
            x = layer(x, lengths: lengths).dropout(rate: dropout)
            if keeping.contains(index + 1) { intermediate.append(EncodedSequences(value: x, lengths: lengths)) }
        }
        return EncodedSequences(value: x, lengths: lengths, intermediate: intermediate)
    }
}
