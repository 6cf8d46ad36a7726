import Autograd

/// An encoder of any kind.
public enum SpeechEncoder: Sendable {
    /// Of Transformer or Conformer layers.
    case transformer(TransformerEncoder)
    case lstm(LSTMEncoder)

    /// Declares the parameters of an encoder.
    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, _ configuration: TransformerConfiguration,
        encoder: EncoderConfiguration
    ) {
        self =
            switch encoder.layer {
            case .transformer, .conformer:
                .transformer(
                    TransformerEncoder(store, name, layerCount: layerCount, configuration, encoder: encoder))
            case .lstm: .lstm(LSTMEncoder(store, name, layerCount: layerCount, configuration, encoder: encoder))
            }
    }

    /// The number of positions that `positionCount` positions become.
    public func outputCount(_ positionCount: Int) -> Int {
        switch self {
        case .transformer: positionCount
        case .lstm(let encoder): encoder.outputCount(positionCount)
        }
    }

    /// Encodes [batch, time, model].
    ///
    /// - Parameters:
    ///   - lengths: positions of each sequence
    ///   - keeping: layers, counted from 1, whose outputs are wanted as well
    ///   - thinning: the positions that go through the layers of a Transformer, see there; nil: all
    public func callAsFunction(
        _ input: Variable, lengths: [Int], keeping: [Int], thinning: ThinnedPositions?
    ) -> EncodedSequences {
        switch self {
        case .transformer(let encoder):
            let (output, intermediate) = encoder(input, lengths: lengths, keeping: keeping, thinning: thinning)
            return EncodedSequences(
                value: output, lengths: lengths,
                intermediate: intermediate.map { EncodedSequences(value: $0, lengths: lengths) })
        case .lstm(let encoder):
            precondition(thinning == nil, "SpeechEncoder: some positions alone of an LSTM")
            return encoder(input, lengths: lengths, keeping: keeping)
        }
    }
}

/// What an encoder makes of a batch.
public struct EncodedSequences {
    /// [batch, position, model], in the tape's precision or float32
    public let value: Variable
    /// Positions of each sequence.
    public let lengths: [Int]
    /// The same of the layers that were asked for.
    public let intermediate: [EncodedSequences]

    public init(value: Variable, lengths: [Int], intermediate: [EncodedSequences] = []) {
        self.value = value
        self.lengths = lengths
        self.intermediate = intermediate
    }
}
