import Autograd

/// One layer of a Transformer decoder: masked self-attention, attention over the encoder output, feed-forward network,
/// each inside a residual connection.
public struct DecoderLayer: Sendable {
    public let selfAttention: SelfAttention
    public let crossAttention: CrossAttention
    public let feedForward: FeedForward
    let selfAttentionResidual: ResidualConnection
    let crossAttentionResidual: ResidualConnection
    let feedForwardResidual: ResidualConnection

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        selfAttention = SelfAttention(store, "\(name).self_attention", configuration)
        selfAttentionResidual = ResidualConnection(store, "\(name).self_attention_norm", configuration)
        crossAttention = CrossAttention(store, "\(name).cross_attention", configuration)
        crossAttentionResidual = ResidualConnection(store, "\(name).cross_attention_norm", configuration)
        feedForward = FeedForward(store, "\(name).feed_forward", configuration)
        feedForwardResidual = ResidualConnection(store, "\(name).feed_forward_norm", configuration)
    }

    /// [batch, time, model] float32 -> the same
    ///
    /// - Parameters:
    ///   - mask: causal
    ///   - rotation: the rotary positions, if the decoder has them
    ///   - keysValues: this layer's projection of the encoder output, [batch, encoderTime, 2 * model]
    ///   - encoderMask: the padding of the encoder output
    public func callAsFunction(
        _ input: Variable, mask: AttentionMask, rotation: Rotation? = nil, keysValues: Variable,
        encoderMask: AttentionMask
    ) -> Variable {
        var x = input
        x = selfAttentionResidual(x) { selfAttention($0, mask: mask, rotation: rotation) }
        x = crossAttentionResidual(x) { crossAttention($0, keysValues: keysValues, mask: encoderMask) }
        x = feedForwardResidual(x) { feedForward($0) }
        return x
    }

    /// The same for steps of a search, where no gradient is wanted.
    ///
    /// - Parameters:
    ///   - encoded: this layer's keys and values of the encoder output
    ///   - cache: the positions before `input`, which joins them; nil: there are none, and no more steps.
    public func callAsFunction(
        _ input: Variable, rotation: Rotation? = nil, encoded: KeyValueCache, cache: KeyValueCache?
    ) -> Variable {
        var x = input
        x = selfAttentionResidual(x) { selfAttention($0, mask: .causal(), rotation: rotation, cache: cache) }
        x = crossAttentionResidual(x) { crossAttention($0, encoded: encoded) }
        x = feedForwardResidual(x) { feedForward($0) }
        return x
    }
}
