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
    public func callAsFunction(_ x: Variable, relu: Bool = false, outputType: ElementType? = nil) -> Variable {
        x.linear(weight, bias: bias, relu: relu, outputType: outputType)
    }
}
