import Autograd

/// A layer of an encoder, of whatever kind.
public protocol EncoderBlock: Sendable {
    /// [batch, time, model] float32 -> the same
    ///
    /// - Parameters:
    ///   - lengths: positions of each sequence; what follows is padding
    ///   - rotation: the rotary positions, if the encoder has them
    ///   - keyWeights: positions that stand for several; nil: none
    func callAsFunction(
        _ input: Variable, lengths: [Int], rotation: Rotation?, keyWeights: KeyWeights?
    ) -> Variable
}

/// One layer of a Transformer encoder: self-attention, then a feed-forward network, each inside a residual connection.
public struct EncoderLayer: EncoderBlock {
    public let selfAttention: SelfAttention
    public let feedForward: FeedForward
    let attentionResidual: ResidualConnection
    let feedForwardResidual: ResidualConnection

    /// - Parameter skipRate: the rate at which training leaves out a sublayer
    public init(
        _ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration, skipRate: Float = 0
    ) {
        selfAttention = SelfAttention(store, "\(name).self_attention", configuration)
        attentionResidual = ResidualConnection(
            store, "\(name).self_attention_norm", configuration, skipRate: skipRate)
        feedForward = FeedForward(store, "\(name).feed_forward", configuration)
        feedForwardResidual = ResidualConnection(store, "\(name).feed_forward_norm", configuration, skipRate: skipRate)
    }

    /// [batch, time, model] float32 -> the same
    public func callAsFunction(
        _ input: Variable, lengths: [Int], rotation: Rotation? = nil, keyWeights: KeyWeights? = nil
    ) -> Variable {
        var x = input
        x = attentionResidual(x) {
            selfAttention($0, mask: .padding(lengths: lengths, keyWeights: keyWeights), rotation: rotation)
        }
        x = feedForwardResidual(x) { feedForward($0) }
        return x
    }
}
