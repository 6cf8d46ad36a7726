import Autograd
import Tensors

/// Layer normalisation with learned scale and shift; Ba et al. 2016.
public struct LayerNorm: Sendable {
    /// [feature]
    public let scale: Parameter
    /// [feature]
    public let shift: Parameter
    let epsilon: Float

    public init(_ store: ParameterStore, _ name: String, featureCount: Int, epsilon: Float = 1e-5) {
        scale = store.declare("\(name).scale", shape: [featureCount], .ones, hasWeightDecay: false)
        shift = store.declare("\(name).shift", shape: [featureCount], .zeros, hasWeightDecay: false)
        self.epsilon = epsilon
    }

    /// [..., feature] float32 -> [..., feature]
    public func callAsFunction(_ x: Variable, outputType: ElementType? = nil) -> Variable {
        x.layerNorm(scale: scale, shift: shift, epsilon: epsilon, outputType: outputType)
    }
}
