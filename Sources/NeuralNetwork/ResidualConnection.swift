import Autograd
import Tensors

/// Residual connection and normalisation round a sublayer, with the normalisation before or after; Vaswani et al. 2017,
/// section 3.1, and Xiong et al. 2020.
public struct ResidualConnection: Sendable {
    let norm: LayerNorm
    let placement: NormalizationPlacement
    let dropout: Float

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        norm = LayerNorm(store, name, featureCount: configuration.modelDimension)
        placement = configuration.normalization
        dropout = configuration.dropout
    }

    /// [batch, time, feature] float32 -> the same
    public func callAsFunction(_ x: Variable, _ sublayer: (Variable) -> Variable) -> Variable {
        switch placement {
        case .pre: x.adding(sublayer(norm(x)), dropoutRate: dropout)
        case .post: norm(x.adding(sublayer(x), dropoutRate: dropout), outputType: .float32)
        }
    }
}
