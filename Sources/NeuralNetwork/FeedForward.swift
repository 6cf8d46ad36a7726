import Autograd

/// The position-wise feed-forward network: two linear maps with a nonlinearity between; Vaswani et al. 2017, section 3.3.
public struct FeedForward: Sendable {
    public let inner: Linear
    public let outer: Linear
    let activation: Activation
    let dropout: Float

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        let (model, hidden) = (configuration.modelDimension, configuration.feedForwardDimension)
        inner = Linear(store, "\(name).inner", inputCount: model, outputCount: hidden)
        outer = Linear(store, "\(name).outer", inputCount: hidden, outputCount: model)
        activation = configuration.activation
        dropout = configuration.dropout
    }

    /// [batch, time, model] -> [batch, time, model]
    public func callAsFunction(_ x: Variable) -> Variable {
        let hidden = inner(x, activation: activation, dropoutRate: dropout)  // [batch, time, feedForward]
        return outer(hidden)
    }
}
