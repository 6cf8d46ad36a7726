import Autograd
import Tensors

/// Residual connection and normalisation round a sublayer, with the normalisation before or after; Vaswani et al. 2017,
/// section 3.1, and Xiong et al. 2020.
public struct ResidualConnection: Sendable {
    let norm: LayerNorm
    let placement: NormalizationPlacement
    let dropout: Float
    let scale: Float
    let skipRate: Float

    /// - Parameters:
    ///   - scale: what the sublayer's output is multiplied by
    ///   - skipRate: the rate at which training leaves out the sublayer; the output of those that stay is scaled up by as
    ///     much (stochastic depth, Huang et al. 2016)
    public init(
        _ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration, scale: Float = 1,
        skipRate: Float = 0
    ) {
        norm = LayerNorm(store, name, featureCount: configuration.modelDimension)
        placement = configuration.normalization
        dropout = configuration.dropout
        self.scale = scale
        self.skipRate = skipRate
    }

    /// [batch, time, feature] float32 -> the same
    public func callAsFunction(_ x: Variable, _ sublayer: (Variable) -> Variable) -> Variable {
        var scale = scale
        switch x.tape.drawSkip(rate: skipRate) {
        case .off: break
        case .kept: scale /= 1 - skipRate
        case .skipped: return placement == .pre ? x : norm(x, outputType: .float32)
        }
        return switch placement {
        case .pre: x.adding(sublayer(norm(x)), scale: scale, dropoutRate: dropout)
        case .post: norm(x.adding(sublayer(x), scale: scale, dropoutRate: dropout), outputType: .float32)
        }
    }
}
