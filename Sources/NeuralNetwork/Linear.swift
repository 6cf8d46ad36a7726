import Autograd
import Tensors

/// A learned affine map of every row: y = x W^T + b.
public struct Linear: Sendable {
    /// [output, input]
    public let weight: Parameter
    /// [output]
    public let bias: Parameter?

    /// Glorot-uniform weight, zero bias.
    public init(_ store: ParameterStore, _ name: String, inputCount: Int, outputCount: Int, hasBias: Bool = true) {
        weight = store.declare(
            "\(name).weight", shape: [outputCount, inputCount],
            .glorotUniform(inputCount: inputCount, outputCount: outputCount))
        bias = hasBias ? store.declare("\(name).bias", shape: [outputCount], .zeros, hasWeightDecay: false) : nil
    }

    /// [..., input] -> [..., output]
    public func callAsFunction(_ x: Variable, outputType: ElementType? = nil) -> Variable {
        x.linear(weight, bias: bias, outputType: outputType)
    }

    /// [..., input] -> [..., output], with a nonlinearity and dropout behind.
    public func callAsFunction(_ x: Variable, activation: Activation, dropoutRate: Float = 0) -> Variable {
        switch activation {
        case .relu: x.linear(weight, bias: bias, relu: true, dropoutRate: dropoutRate)
        case .gelu: x.linear(weight, bias: bias).gelu(dropoutRate: dropoutRate)
        case .swish: x.linear(weight, bias: bias).swish(dropoutRate: dropoutRate)
        }
    }
}
