import Numerics
import Tensors

/// A value that a computation on a `Tape` produced or started from.
public struct Variable {
    /// What was computed.
    public let value: Tensor
    /// The tape that remembers how.
    public let tape: Tape
    /// Its place among the tape's gradients; nil if no gradient is wanted.
    let slot: Int?
}

/// Records the operations of a forward pass and runs them backwards (reverse-mode automatic differentiation).
///
/// An operation computes its value at once and records a closure that turns the gradient of its output into gradients
/// of its inputs. Operations are recorded in the order they ran, so the reverse of it visits every output before its
/// inputs. What a closure has captured is freed as soon as it ran. Gradients of parameters are added to `gradients`.
///
/// Without `gradients` nothing is recorded: the same operations then run inference. A tape belongs to one thread.
public final class Tape {
    /// The type of activations and of the operands of matrix products.
    public let precision: ElementType
    /// Whether linear maps multiply whole numbers of 8 bits, where their weights are prepared for it; for inference.
    public let multipliesIntegers: Bool
    /// Where the gradients of parameters are added; nil for inference.
    public let gradients: ParameterGradients?
    /// Who keeps the weights of cross-attentions; nil: nobody.
    public let attentionRecorder: AttentionRecorder?
    private let dropoutKey: RandomKey?
    private var dropoutCount = 0
    private var steps: [(output: Int, parameters: [Parameter], backward: (Tensor) -> Void)] = []
    private var slots: [Tensor?] = []

    /// - Parameters:
    ///   - precision: storage of activations.
    ///   - gradients: where gradients of parameters are added; nil records nothing.
    ///   - dropoutKey: the key of the random numbers of dropout; nil switches dropout off.
    ///   - attentionRecorder: gets the weights of every cross-attention; for a tape without dropout.
    public init(
        precision: ElementType = .float32, gradients: ParameterGradients? = nil, dropoutKey: RandomKey? = nil,
        attentionRecorder: AttentionRecorder? = nil
    ) {
        precondition(attentionRecorder == nil || dropoutKey == nil, "Tape: an attention recorder, but dropout is on")
        self.precision = precision
        multipliesIntegers = false
        self.gradients = gradients
        self.dropoutKey = dropoutKey
        self.attentionRecorder = attentionRecorder
    }

    /// For use alone.
    ///
    /// - Parameter attentionRecorder: gets the weights of every cross-attention.
    public init(_ precision: InferencePrecision, attentionRecorder: AttentionRecorder? = nil) {
        self.precision = precision.elementType
        multipliesIntegers = precision == .int8
        gradients = nil
        dropoutKey = nil
        self.attentionRecorder = attentionRecorder
    }

    /// Activations and products of a tape for use alone.
    public var inferencePrecision: InferencePrecision {
        multipliesIntegers ? .int8 : precision == .float32 ? .float32 : .bfloat16
    }

    /// Whether nothing is recorded and nothing is random: each row of an operation on rows depends on its own input alone.
    public var isInference: Bool { gradients == nil && dropoutKey == nil }

    /// A value from outside. Its gradient is kept if `wantsGradient`.
    public func variable(_ value: Tensor, wantsGradient: Bool = false) -> Variable {
        Variable(value: value, tape: self, slot: wantsGradient && gradients != nil ? newSlot() : nil)
    }

    /// The output of an operation. `backward` gets the gradient of the output, of the same shape and type.
    ///
    /// - Parameters:
    ///   - inputs, parameters: what the output depends on. Where none of them wants a gradient the output wants none either:
    ///     nothing is recorded below the first parameter that learns.
    func record(
        _ value: Tensor, of inputs: [Variable], _ parameters: [Parameter] = [], backward: @escaping (Tensor) -> Void
    ) -> Variable {
        guard wantsGradient(inputs, parameters) else { return Variable(value: value, tape: self, slot: nil) }
        let slot = newSlot()
        steps.append((slot, parameters, backward))
        return Variable(value: value, tape: self, slot: slot)
    }

    /// Whether any of these wants its gradient.
    func wantsGradient(_ inputs: [Variable], _ parameters: [Parameter] = []) -> Bool {
        guard let gradients else { return false }
        return inputs.contains { $0.slot != nil } || parameters.contains { !gradients.isFrozen($0) }
    }

    private func newSlot() -> Int {
        slots.append(nil)
        return slots.count - 1
    }

    /// The key for the next dropout of this tape, nil if dropout is off.
    func nextDropoutKey() -> RandomKey? {
        guard let dropoutKey else { return nil }
        dropoutCount += 1
        return dropoutKey.derived(dropoutCount)
    }

    /// The key and the rate of the next dropout of this tape: a rate of 0 where dropout is off.
    func dropout(rate: Float) -> (key: UInt64, rate: Float) {
        precondition(rate >= 0 && rate < 1, "dropout: rate \(rate) is not in 0..<1")
        guard rate > 0, let key = nextDropoutKey() else { return (0, 0) }
        return (key.bits, rate)
    }

    /// Whether a sublayer is left out: see `drawSkip`.
    public enum SkipDraw {
        /// Nothing is left out here: inference, or a rate of 0.
        case off
        case kept
        case skipped
    }

    /// Draws whether to leave out a sublayer, which happens with probability `rate` where dropout is on.
    public func drawSkip(rate: Float) -> SkipDraw {
        guard rate > 0, let key = nextDropoutKey() else { return .off }
        var generator = key.generator
        return generator.uniform() < rate ? .skipped : .kept
    }

    /// Adds `gradient` (handed over: nobody may write to it any more) to the gradient of `variable`.
    public func accumulate(_ variable: Variable, _ gradient: Tensor) {
        guard let slot = variable.slot else { return }
        if slots[slot] == nil {
            precondition(
                gradient.shape == variable.value.shape && gradient.elementType == variable.value.elementType,
                "Tape: gradient \(gradient.shape) \(gradient.elementType) for a value \(variable.value.shape) "
                    + "\(variable.value.elementType)")
            slots[slot] = gradient
        } else {
            accumulate(variable) { sum, _ in
                sum.elementType.kernels.add(sum.pointer, gradient.pointer, Int64(sum.count))
            }
        }
    }

    /// Lets `write` put a gradient of `variable` into a tensor: over undefined contents, or added to what is there if
    /// its second argument is true. Not called if no gradient is wanted.
    func accumulate(_ variable: Variable, _ write: (Tensor, _ accumulate: Bool) -> Void) {
        guard let slot = variable.slot else { return }
        guard var sum = slots[slot] else {
            let first = Tensor(uninitialized: variable.value.shape, variable.value.elementType)
            write(first, false)
            slots[slot] = first
            return
        }
        slots[slot] = nil
        if !sum.isUniquelyReferenced() {
            let copy = Tensor(uninitialized: sum.shape, sum.elementType)
            copy.pointer.copyMemory(from: sum.pointer, byteCount: sum.count * sum.elementType.byteCount)
            sum = copy
        }
        write(sum, true)
        slots[slot] = sum
    }

    /// Runs the recorded operations backwards from the gradients that losses have put in place.
    ///
    /// Afterwards the tape is empty except for the gradients of the variables that wanted theirs.
    ///
    /// - Parameter finished: gets each parameter that learns once, as soon as nothing more will be added to its gradient.
    public func backward(finished: (Parameter) -> Void = { _ in }) {
        guard let gradients else { return }
        // The step that runs last of those that may add to a parameter's gradient.
        var lastSteps: [Int: Int] = [:]
        for (index, step) in steps.enumerated().reversed() {
            for parameter in step.parameters where !gradients.isFrozen(parameter) { lastSteps[parameter.index] = index }
        }
        for parameter in gradients.learned where lastSteps[parameter.index] == nil { finished(parameter) }
        while let (slot, parameters, backward) = steps.popLast() {
            if let gradient = slots[slot] {  // nil: the loss does not depend on this output
                slots[slot] = nil
                backward(gradient)
            }
            for parameter in parameters where lastSteps[parameter.index] == steps.count {
                lastSteps[parameter.index] = nil
                finished(parameter)
            }
        }
    }

    /// Runs backwards from `output` whose gradient is `gradient`.
    public func backward(from output: Variable, gradient: Tensor) {
        accumulate(output, gradient)
        backward()
    }

    /// The gradient of a variable after `backward`; nil if nothing depends on it.
    public func gradient(of variable: Variable) -> Tensor? { variable.slot.flatMap { slots[$0] } }
}
