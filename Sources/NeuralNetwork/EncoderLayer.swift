import Autograd

/// One layer of a Transformer encoder: self-attention, then a feed-forward network, each inside a residual connection.
public struct EncoderLayer: Sendable {
    public let selfAttention: SelfAttention
    public let feedForward: FeedForward
    let attentionResidual: ResidualConnection
    let feedForwardResidual: ResidualConnection

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        selfAttention = SelfAttention(store, "\(name).self_attention", configuration)
        attentionResidual = ResidualConnection(store, "\(name).self_attention_norm", configuration)
        feedForward = FeedForward(store, "\(name).feed_forward", configuration)
        feedForwardResidual = ResidualConnection(store, "\(name).feed_forward_norm", configuration)
    }

    /// [batch, time, model] float32 -> the same
    public func callAsFunction(_ input: Variable, mask: AttentionMask) -> Variable {
        var x = input
        x = attentionResidual(x) { selfAttention($0, mask: mask) }
        x = feedForwardResidual(x) { feedForward($0) }
        return x
    }
}
