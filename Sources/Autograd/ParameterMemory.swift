import Synchronization
import Tensors

/// Where the values of parameters lie. A `ParameterStore` and its parameters share it, so that a layer can outlive the store that it
/// was declared in, and several threads may use it.
final class ParameterMemory: Sendable {
    private struct State {
        /// The master copy, float32.
        var values = Tensor(zeros: [0])
        /// The same rounded to bfloat16.
        var bfloat16Values: Tensor?
        /// The values of each parameter where there is no master copy; otherwise empty.
        var weights: [WeightStorage] = []
        /// Those that a product has asked for as another type than they are stored in: as the last such type.
        var converted: [Tensor?] = []
        /// Those that are packed for products with few rows.
        var packed: [PackedMatrix?] = []
        /// Those that are prepared for products of whole numbers.
        var blocks: [BlockMatrix?] = []
    }
    private let state = Mutex(State())

    /// The values of a parameter as operands of a product of this type.
    func value(of parameter: Parameter, as type: ElementType) -> Tensor {
        state.withLock { state in
            if !state.weights.isEmpty {
                let weights = state.weights[parameter.index]
                if let stored = weights.stored(as: type) { return stored }
                if let converted = state.converted[parameter.index], converted.elementType == type { return converted }
                let converted = weights.operand(type)
                state.converted[parameter.index] = converted
                return converted
            }
            if type == .float32 {
                return Tensor(storage: state.values.storage, offset: parameter.offset, shape: parameter.shape)
            }
            guard let copy = state.bfloat16Values else {
                preconditionFailure(
                    "Parameter \(parameter.name): ParameterStore.updateBFloat16Values was not called")
            }
            return Tensor(
                storage: copy.storage, offset: parameter.offset, shape: parameter.shape, elementType: .bfloat16)
        }
    }

    /// Some rows of a parameter, one after the other, float32.
    func rows(_ rows: [Int], of parameter: Parameter) -> Tensor {
        let weights = state.withLock { $0.weights.isEmpty ? nil : $0.weights[parameter.index] }
        return (weights ?? .float32(value(of: parameter, as: .float32))).rows(rows)
    }

    /// The values of a parameter for one product; where they are packed as well they are not kept.
    func operand(of parameter: Parameter, as type: ElementType) -> Tensor {
        let weights: WeightStorage? = state.withLock { state in
            guard !state.packed.isEmpty, state.packed[parameter.index] != nil else { return nil }
            return state.weights[parameter.index]
        }
        guard type == .float32, case .file = weights, let weights else { return value(of: parameter, as: type) }
        return weights.operand(type)
    }

    /// The values of a parameter, packed for products with few rows; nil where they are not.
    func packed(_ parameter: Parameter) -> PackedMatrix? {
        state.withLock { $0.packed.isEmpty ? nil : $0.packed[parameter.index] }
    }

    /// Packs values that lie in a file; what a master copy holds may change, and is not packed.
    func pack(_ parameters: [Parameter], count: Int) {
        let hasWeights = state.withLock { !$0.weights.isEmpty && $0.packed.isEmpty }
        guard hasWeights else { return }
        var packed = [PackedMatrix?](repeating: nil, count: count)
        let weights = state.withLock { $0.weights }
        for parameter in parameters {
            if case .file(let numbers) = weights[parameter.index] {
                packed[parameter.index] = PackedMatrix(numbers)
            } else {
                packed[parameter.index] = PackedMatrix(value(of: parameter, as: .float32))
            }
        }
        state.withLock { if !$0.weights.isEmpty { $0.packed = packed } }
    }

    /// Whether some values are in blocks of 8 bits.
    var isStoredInBlocks: Bool {
        state.withLock { state in
            state.weights.contains { if case .file(let numbers) = $0 { numbers is BlockScaledTensor } else { false } }
        }
    }

    /// The values of a parameter for products of whole numbers; nil where there are none.
    func blocks(_ parameter: Parameter) -> BlockMatrix? {
        state.withLock { $0.blocks.isEmpty ? nil : $0.blocks[parameter.index] }
    }

    /// Prepares values for products of whole numbers, those that are in use alone; what a master copy holds may change.
    func prepareBlocks(_ parameters: [Parameter], count: Int) {
        let weights = state.withLock { $0.blocks.isEmpty ? $0.weights : [] }
        guard !weights.isEmpty else { return }
        var blocks = [BlockMatrix?](repeating: nil, count: count)
        for parameter in parameters {
            let storage = weights[parameter.index]
            if case .file(let numbers) = storage {
                blocks[parameter.index] =
                    (numbers as? BlockScaledTensor).map { BlockMatrix($0) } ?? BlockMatrix(rounding: numbers)
            } else {
                blocks[parameter.index] = BlockMatrix(rounding: storage.operand(.float32))
            }
        }
        state.withLock { if !$0.weights.isEmpty { $0.blocks = blocks } }
    }

    /// Makes `values` the master copy.
    func setMasterCopy(_ values: Tensor) {
        state.withLock { state in
            state = State()
            state.values = values
        }
    }

    /// Takes the values from there; there is no master copy then.
    func setWeights(_ weights: [WeightStorage]) {
        state.withLock { state in
            state = State()
            state.weights = weights
            state.converted = Array(repeating: nil, count: weights.count)
        }
    }

    /// The master copy, made of the weights where there is none.
    func masterCopy(of parameters: [Parameter], flatCount: Int) -> Tensor {
        state.withLock { state in
            if state.weights.isEmpty { return state.values }
            let values = Tensor(zeros: [flatCount])
            for (parameter, weights) in zip(parameters, state.weights) {
                let value = weights.operand(.float32)
                (values.floats + parameter.offset).update(from: value.floats, count: parameter.count)
            }
            state = State()
            state.values = values
            return values
        }
    }

    /// Rounds the master copy to bfloat16: in place, or into new memory, so that who uses the earlier values may go on.
    func roundMasterCopy(inPlace: Bool) {
        state.withLock { state in
            guard state.weights.isEmpty else { return }
            let count = state.values.count
            let earlier = inPlace ? state.bfloat16Values : nil
            let copy = earlier ?? Tensor(uninitialized: [count], .bfloat16)
            ElementType.bfloat16.kernels.from_float(copy.pointer, state.values.floats, Int64(count))
            state.bfloat16Values = copy
        }
    }
}
