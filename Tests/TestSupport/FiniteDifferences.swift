import Autograd
import Numerics
import Tensors
import Testing

/// Expects that the backward pass of `operation` agrees with finite differences, for every element of every input and
/// of every parameter of `store`.
///
/// The loss is sum(output * upstream) with random upstream gradients, so that no two outputs can stand in for each other.
///
/// - Parameters:
///   - inputs: float32 starting points
///   - store: parameters that `operation` uses, initialized
///   - dropoutKey: key of the tape; the same masks are drawn in every evaluation
///   - step: half-width of the differences; keep kinks (the rectifier's 0) further than 2 steps away
public func expectGradients(
    _ inputs: [Tensor], store: ParameterStore = ParameterStore(), dropoutKey: RandomKey? = nil, step: Float = 0x1p-4,
    tolerance: Float = 1e-3, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: (Tape, [Variable]) -> Variable
) {
    expectLossGradients(
        inputs, store: store, dropoutKey: dropoutKey, step: step, tolerance: tolerance, what,
        sourceLocation: sourceLocation
    ) { tape, variables in
        let output = operation(tape, variables)
        let upstream = Tensor.random(output.value.shape, seed: 4711)
        tape.accumulate(output, upstream)
        return zip(output.value.values, upstream.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
}

/// As `expectGradients` for an operation that is itself a loss: it puts its gradient in place and returns its value.
public func expectLossGradients(
    _ inputs: [Tensor], store: ParameterStore = ParameterStore(), dropoutKey: RandomKey? = nil, step: Float = 0x1p-4,
    tolerance: Float = 1e-3, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    _ loss: (Tape, [Variable]) -> Double
) {
    // 1. The gradients of the backward pass.
    let gradients = ParameterGradients(for: store)
    let tape = Tape(gradients: gradients, dropoutKey: dropoutKey)
    let variables = inputs.map { tape.variable($0, wantsGradient: true) }
    _ = loss(tape, variables)
    tape.backward()

    // 2. The slope of the loss along one element, by central differences of fourth order:
    //    f' = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h + O(h^4).
    func slope(_ element: UnsafeMutablePointer<Float>) -> Float {
        let start = element.pointee
        func value(at offset: Float) -> Double {
            element.pointee = start + offset
            defer { element.pointee = start }
            let tape = Tape(dropoutKey: dropoutKey)
            return loss(tape, inputs.map { tape.variable($0) })
        }
        let near = value(at: step) - value(at: -step)
        let far = value(at: 2 * step) - value(at: -2 * step)
        return Float((8 * near - far) / (12 * Double(step)))
    }
    func compare(_ name: String, _ actual: [Float], _ elements: UnsafeMutablePointer<Float>) {
        let expected = actual.indices.map { slope(elements + $0) }
        let largest = expected.map(abs).max() ?? 0
        expectClose(
            actual, expected, absolute: tolerance * max(largest, 1e-2), relative: tolerance,
            "\(what) gradient of \(name)", sourceLocation: sourceLocation)
    }
    for (index, input) in inputs.enumerated() {
        let gradient = tape.gradient(of: variables[index])?.values ?? Array(repeating: 0, count: input.count)
        compare("input \(index)", gradient, input.floats)
    }
    for parameter in store.parameters {
        compare(parameter.name, gradients.gradient(of: parameter).values, parameter.value.floats)
    }
}
