import Autograd
import Tensors

/// A learned affine map of every row: y = x W^T + b.
public struct Linear: Sendable {
    /// [output, input]
    public let weight: Parameter
    /// [output]
    public let bias: Parameter?

    /// What learns in place of the weight; nil: nothing does.
    private let adapter: Adapter?

    /// Glorot-uniform weight, zero bias.
    ///
    /// - Parameter adapterRank: the rank of an adapter that is added; 0: none.
    public init(
        _ store: ParameterStore, _ name: String, inputCount: Int, outputCount: Int, hasBias: Bool = true,
        adapterRank: Int = 0
    ) {
        weight = store.declare(
            "\(name).weight", shape: [outputCount, inputCount],
            .glorotUniform(inputCount: inputCount, outputCount: outputCount))
        bias = hasBias ? store.declare("\(name).bias", shape: [outputCount], .zeros, hasWeightDecay: false) : nil
        adapter =
            adapterRank > 0
            ? Adapter(store, name, inputCount: inputCount, outputCount: outputCount, rank: adapterRank) : nil
    }

    /// [..., input] -> [..., output]
    public func callAsFunction(_ x: Variable, outputType: ElementType? = nil) -> Variable {
        let y = x.linear(weight, bias: bias, outputType: outputType)
        return adapter.map { x.adapted(down: $0.down, up: $0.up, base: y) } ?? y
    }

    /// [..., input] -> [..., output], of a map without adapter, with a nonlinearity and dropout behind.
    public func callAsFunction(_ x: Variable, activation: Activation, dropoutRate: Float = 0) -> Variable {
        switch activation {
        case .relu: x.linear(weight, bias: bias, relu: true, dropoutRate: dropoutRate)
        case .gelu: x.linear(weight, bias: bias).gelu(dropoutRate: dropoutRate)
        case .swish: x.linear(weight, bias: bias).swish(dropoutRate: dropoutRate)
        }
    }
}

/// A low-rank change of the weight W of a linear map, W + B A, which can learn while W stays; Hu et al. 2021. At first it is 0.
struct Adapter: Sendable {
    /// A, [rank, input]
    let down: Parameter
    /// B, [output, rank]
    let up: Parameter

    init(_ store: ParameterStore, _ name: String, inputCount: Int, outputCount: Int, rank: Int) {
        let names = AdapterNames(weight: "\(name).weight")
        down = store.declare(
            names.down, shape: [rank, inputCount], .glorotUniform(inputCount: inputCount, outputCount: rank))
        up = store.declare(names.up, shape: [outputCount, rank], .zeros)
    }
}

/// What the parameters of the adapter of a weight are called.
public struct AdapterNames {
    public let down: String
    public let up: String

    public init(weight: String) {
        let name = weight.hasSuffix(".weight") ? String(weight.dropLast(".weight".count)) : weight
        (down, up) = (name + Self.part + "down", name + Self.part + "up")
    }

    private static let part = ".adapter."

    /// Whether a parameter of this name belongs to an adapter.
    public static func isAdapter(_ name: String) -> Bool { name.contains(part) }
}
