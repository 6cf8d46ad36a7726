import Autograd
import Tensors
import Testing

extension GoldenTensor {
    /// As a tensor of the same shape.
    public var tensor: Tensor { Tensor(values, shape: shape) }

    /// As a tensor of another shape.
    public func tensor(_ shape: [Int]) -> Tensor { Tensor(values, shape: shape) }
}

/// Expects what another implementation computed: within 1e-5 of each number, and of the largest one where a sum cancels.
public func expectGolden(
    _ actual: Tensor?, _ expected: GoldenTensor, relative: Float = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let actual else {
        Issue.record("\(what): no value", sourceLocation: sourceLocation)
        return
    }
    // A number that is a sum of larger ones with a cancelling result has their rounding error, not its own.
    let largest = expected.values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    expectClose(
        actual.values, expected.values, absolute: 0.1 * relative * largest, relative: relative, what,
        sourceLocation: sourceLocation)
}

extension ParameterStore {
    /// Sets the values of one parameter; `initialize` came before.
    public func set(_ name: String, _ values: [Float]) {
        guard let parameter = parameters.first(where: { $0.name == name }), parameter.count == values.count else {
            preconditionFailure("no parameter \(name) with \(values.count) values among \(parameters.map(\.name))")
        }
        parameter.value.floats.update(from: values, count: values.count)
    }

    /// A store with these parameters, in this order.
    public static func of(_ tensors: [(name: String, value: Tensor)]) -> (
        store: ParameterStore, parameters: [Parameter]
    ) {
        let store = ParameterStore()
        let parameters = tensors.map { store.declare($0.name, shape: $0.value.shape, .zeros) }
        store.initialize(seed: 0)
        for (name, value) in tensors { store.set(name, value.values) }
        return (store, parameters)
    }

    /// Fills every parameter with uniform numbers in -0.5...0.5, biases too (1 is added to scales).
    public func randomize(seed: UInt64) {
        initialize(seed: seed)
        for (index, parameter) in parameters.enumerated() {
            let base: Float = parameter.name.hasSuffix(".scale") ? 1 : 0
            let values = randomValues(parameter.count, seed: seed &+ UInt64(index) &* 7919, in: -0.5...0.5)
            set(parameter.name, values.map { $0 + base })
        }
    }
}
