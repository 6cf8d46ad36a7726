import Autograd

/// One layer of a Transformer that sees only what was before, and listens to nothing: of a language model.
public struct CausalLayer: Sendable {
    let selfAttention: SelfAttention
    let feedForward: FeedForward
    let attentionResidual: ResidualConnection
    let feedForwardResidual: ResidualConnection

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        selfAttention = SelfAttention(store, "\(name).self_attention", configuration)
        attentionResidual = ResidualConnection(store, "\(name).self_attention_norm", configuration)
        feedForward = FeedForward(store, "\(name).feed_forward", configuration)
        feedForwardResidual = ResidualConnection(store, "\(name).feed_forward_norm", configuration)
    }

    /// [batch, time, model] float32 -> the same
    ///
    /// - Parameter cache: the positions before `input`, which joins them; nil: there are none, and no more steps.
    public func callAsFunction(_ input: Variable, cache: KeyValueCache? = nil) -> Variable {
        var x = input
        x = attentionResidual(x) { selfAttention($0, mask: .causal(), cache: cache) }
        x = feedForwardResidual(x) { feedForward($0) }
        return x
    }

    /// An empty cache for `batch` sequences.
    public func cache(batch: Int) -> KeyValueCache { selfAttention.cache(batch: batch) }
}
