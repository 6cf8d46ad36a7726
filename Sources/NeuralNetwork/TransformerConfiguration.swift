/// Where a sublayer's normalisation stands.
public enum NormalizationPlacement: String, Codable, Sendable, CaseIterable {
    /// x + sublayer(norm(x)): trains without warm-up; Xiong et al. 2020.
    case pre
    /// norm(x + sublayer(x)), as in Vaswani et al. 2017.
    case post
}

/// The nonlinearity of a feed-forward network.
public enum Activation: String, Codable, Sendable, CaseIterable {
    case relu
    case gelu
    /// x / (1 + e^-x), also called SiLU.
    case swish
}

/// The sizes that all layers of an encoder or a decoder share.
public struct TransformerConfiguration: Codable, Sendable, Equatable {
    /// Features of the residual stream.
    public var modelDimension: Int
    /// Attention heads; each has modelDimension / headCount features.
    public var headCount: Int
    /// Features inside the feed-forward network.
    public var feedForwardDimension: Int
    public var activation: Activation
    public var normalization: NormalizationPlacement
    /// The rate of dropout of attention weights, feed-forward activations, sublayer outputs and embeddings.
    public var dropout: Float
    /// The rank of low-rank adapters of all projections of attention (Hu et al. 2021): while a model is fine-tuned they learn, and nothing else;
    /// 0: there are none.
    public var adapterRank: Int

    public init(
        modelDimension: Int = 256, headCount: Int = 4, feedForwardDimension: Int = 1024, activation: Activation = .relu,
        normalization: NormalizationPlacement = .pre, dropout: Float = 0.1, adapterRank: Int = 0
    ) {
        self.modelDimension = modelDimension
        self.headCount = headCount
        self.feedForwardDimension = feedForwardDimension
        self.activation = activation
        self.normalization = normalization
        self.dropout = dropout
        self.adapterRank = adapterRank
    }
}
