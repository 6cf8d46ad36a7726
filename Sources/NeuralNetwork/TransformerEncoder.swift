import Autograd
import Tensors

/// A stack of encoder layers, with a last normalisation where the layers end without one.
public struct TransformerEncoder: Sendable {
    let layers: [any EncoderBlock]
    let finalNorm: LayerNorm?
    let positions: Positions
    let dropout: Float

    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, _ configuration: TransformerConfiguration,
        encoder: EncoderConfiguration = EncoderConfiguration()
    ) {
        layers = (0..<layerCount).map { index in
            let layerName = "\(name).layers.\(index)"
            let skipRate = encoder.stochasticDepth * Float(index + 1) / Float(layerCount)
            return switch encoder.layer {
            case .transformer: EncoderLayer(store, layerName, configuration, skipRate: skipRate)
            case .conformer:
                ConformerLayer(
                    store, layerName, configuration, convolutionWidth: encoder.convolutionWidth, skipRate: skipRate)
            case .lstm: preconditionFailure("TransformerEncoder: LSTM layers")
            }
        }
        finalNorm =
            encoder.layer == .transformer && configuration.normalization == .pre
            ? LayerNorm(store, "\(name).final_norm", featureCount: configuration.modelDimension) : nil
        positions = Positions(
            store, "\(name).positions", encoder.positions, count: encoder.positionCount, configuration)
        dropout = configuration.dropout
    }

    /// [batch, time, model] -> [batch, time, model], in the tape's precision or float32
    ///
    /// - Parameters:
    ///   - lengths: positions of each sequence; at most those of a learned table
    ///   - keeping: layers, counted from 1, whose outputs are wanted as well
    ///   - thinning: the positions that go through the layers, the same for each sequence, where no gradient is and positions are added to
    ///     the input; `lengths` are those of what is left. nil: all.
    /// - Returns: the output of the last layer, and those of the layers in `keeping`.
    public func callAsFunction(
        _ input: Variable, lengths: [Int], keeping: [Int] = [], thinning: ThinnedPositions? = nil
    ) -> (output: Variable, intermediate: [Variable]) {
        if case .learned(let table) = positions {
            precondition(
                lengths.allSatisfy { $0 <= table.shape[0] },
                "TransformerEncoder: \(lengths) positions, \(table.name) has \(table.shape[0])")
        }
        let range = 0..<input.value.shape[1]
        let rotation = positions.rotation(range)
        var x = positions.term(range).map { input.addingPositions($0) } ?? input.converted(to: .float32)
        x = x.dropout(rate: dropout)
        if let thinning {
            precondition(
                rotation == nil && x.tape.gradients == nil,
                "TransformerEncoder: some positions alone, with rotary ones or a gradient")
            x = x.tape.variable(x.value.positions(thinning.places))
        }
        var intermediate: [Variable] = []
        for (index, layer) in layers.enumerated() {
            x = layer(x, lengths: lengths, rotation: rotation, keyWeights: thinning?.keyWeights)
            if keeping.contains(index + 1) { intermediate.append(finalNorm.map { $0(x) } ?? x) }
        }
        return (finalNorm.map { $0(x) } ?? x, intermediate)
    }
}

/// Some of the positions of an encoder, of which the last ones stand for several: for padding, whose positions say nearly the same.
public struct ThinnedPositions: Sendable, Equatable {
    /// Ascending.
    public let places: [Int]
    /// How the positions that are left count in attention.
    public let keyWeights: KeyWeights

    /// All positions below `end`, and one in the middle of each `factor` behind it.
    ///
    /// - Parameter count: positions of the encoder, at least `end`.
    public init(count: Int, end: Int, factor: Int) {
        places = Array(0..<end) + stride(from: end + factor / 2, to: count, by: factor)
        keyWeights = KeyWeights(first: end, weight: Float(factor))
    }
}
