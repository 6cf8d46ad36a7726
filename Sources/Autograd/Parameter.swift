import Numerics
import Tensors

/// How a parameter gets its first values.
public enum ParameterInitialization: Sendable {
    case zeros
    case ones
    /// Uniform in +-sqrt(6 / (inputs + outputs)); Glorot and Bengio 2010.
    case glorotUniform(inputCount: Int, outputCount: Int)
    /// Normal with mean 0.
    case normal(standardDeviation: Float)
    /// As many equal parts as there are values, each filled with one of them.
    case parts([Float])
}

/// A learned array: a name, a shape, and its place in the flat memory of a `ParameterStore`.
public final class Parameter: @unchecked Sendable {
    /// Its name in a model file, for example `encoder.layers.0.feed_forward.inner.weight`.
    public let name: String
    public let shape: [Int]
    /// Whether weight decay applies: to matrices, not to biases and normalisation.
    public let hasWeightDecay: Bool
    let initialization: ParameterInitialization
    /// Its place among the parameters of its store.
    package let index: Int
    /// Where its first element lies in the flat memory, a multiple of 16 elements.
    public let offset: Int
    private let memory: ParameterMemory

    fileprivate init(
        name: String, shape: [Int], initialization: ParameterInitialization, hasWeightDecay: Bool, index: Int,
        offset: Int, memory: ParameterMemory
    ) {
        self.name = name
        self.shape = shape
        self.initialization = initialization
        self.hasWeightDecay = hasWeightDecay
        self.index = index
        self.offset = offset
        self.memory = memory
    }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The values, float32: the master copy, or as they were read for use.
    public var value: Tensor { value(as: .float32) }

    /// The values as they are packed for products with few rows: see `ParameterStore.packForFewRows`.
    var packed: PackedMatrix? { memory.packed(self) }

    /// The values for products of whole numbers: see `ParameterStore.prepareIntegers`.
    var blocks: BlockMatrix? { memory.blocks(self) }

    /// Rows of the outermost axis, one after the other, float32.
    func rows(_ rows: [Int]) -> Tensor { memory.rows(rows, of: self) }

    /// The values for one product of this type: converted for it, where keeping them would double what is packed.
    func operand(as type: ElementType) -> Tensor { memory.operand(of: self, as: type) }

    /// The values as operands of a product of this type.
    public func value(as type: ElementType) -> Tensor { memory.value(of: self, as: type) }
}

/// All parameters of a model.
///
/// Layers declare their parameters while a model is built; then they get values in one of two ways. For learning, `initialize` or
/// `allocate` makes a master copy in one flat piece of memory, so that optimiser, clipping and reduction are single loops. For use
/// alone, `use` takes the values from where they lie, which may be a file.
public final class ParameterStore: @unchecked Sendable {
    public private(set) var parameters: [Parameter] = []
    /// Elements of the flat memory (parameters and the padding that aligns them).
    public private(set) var flatCount = 0
    /// The master copy: all values in flat memory, float32. Padding is 0. Where the values lie elsewhere they are copied first.
    public var values: Tensor { memory.masterCopy(of: parameters, flatCount: flatCount) }
    private let memory = ParameterMemory()

    public init() {}

    /// Declares a parameter.
    public func declare(
        _ name: String, shape: [Int], _ initialization: ParameterInitialization, hasWeightDecay: Bool = true
    ) -> Parameter {
        precondition(!parameters.contains { $0.name == name }, "ParameterStore: \(name) is declared twice")
        let parameter = Parameter(
            name: name, shape: shape, initialization: initialization, hasWeightDecay: hasWeightDecay,
            index: parameters.count,
            offset: flatCount, memory: memory)
        parameters.append(parameter)
        flatCount += (parameter.count + 15) / 16 * 16
        return parameter
    }

    /// The number of learned values.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// Allocates the master copy, filled with zeros: for values that are read from a file.
    ///
    /// - Throws: `AllocationError` if there is no memory left for it.
    public func allocate() throws(AllocationError) {
        let values = try Tensor(checked: [flatCount])
        values.floats.update(repeating: 0, count: flatCount)
        memory.setMasterCopy(values)
    }

    /// Allocates the master copy and fills it; the values of a parameter depend on the seed and its name alone.
    public func initialize(seed: UInt64) {
        memory.setMasterCopy(Tensor(zeros: [flatCount]))
        for parameter in parameters {
            var generator = RandomKey(seed: seed).derived(parameter.name).generator
            let target = parameter.value.floats
            for index in 0..<parameter.count {
                target[index] = parameter.initialization.value(at: index, of: parameter.count, &generator)
            }
        }
    }

    /// Takes the values from where they lie, one storage for each parameter in the order of `parameters`. Nothing is copied
    /// until a product asks for another type; the values are only read.
    public func use(_ weights: [WeightStorage]) {
        precondition(
            weights.map(\.shape) == parameters.map(\.shape),
            "ParameterStore.use: \(weights.map(\.shape)) for parameters \(parameters.map(\.shape))")
        memory.setWeights(weights)
    }

    /// Whether values in use are stored in blocks of 8 bits (`BlockScaledTensor`).
    public var isStoredInBlocks: Bool { memory.isStoredInBlocks }

    /// Packs matrices for products with few rows, those of a decoder that writes token after token. What is not exactly in half
    /// precision, and a model that learns, stay as they are.
    ///
    /// - Parameter isWanted: which parameters; those with two axes are looked at.
    public func packForFewRows(_ isWanted: (Parameter) -> Bool) {
        memory.pack(parameters.filter { $0.shape.count == 2 && isWanted($0) }, count: parameters.count)
    }

    /// Prepares matrices for products of whole numbers of 8 bits: as they are stored, or rounded. A model that learns stays as it is.
    ///
    /// - Parameter isWanted: which parameters; those with two axes are looked at.
    public func prepareIntegers(_ isWanted: (Parameter) -> Bool) {
        memory.prepareBlocks(parameters.filter { $0.shape.count == 2 && isWanted($0) }, count: parameters.count)
    }

    /// Rounds the master copy to bfloat16, in place, for the products of the next step of training: nobody may use the
    /// parameters meanwhile. See `prepareBFloat16Values`.
    public func updateBFloat16Values() { memory.roundMasterCopy(inPlace: true) }

    /// As `updateBFloat16Values` for a model in use: others may use the parameters meanwhile, and see the earlier values or these.
    /// Values without a master copy are converted when a product first asks for them.
    public func prepareBFloat16Values() { memory.roundMasterCopy(inPlace: false) }
}

extension ParameterInitialization {
    fileprivate func value(at index: Int, of count: Int, _ generator: inout SplitMix64) -> Float {
        switch self {
        case .zeros: return 0
        case .ones: return 1
        case .glorotUniform(let inputCount, let outputCount):
            let limit = (6 / Float(inputCount + outputCount)).squareRoot()
            return limit * (2 * generator.uniform() - 1)
        case .normal(let standardDeviation):
            // The sum of twelve uniform numbers has variance 1 (Irwin-Hall): normal enough, and exact arithmetic.
            var sum: Float = -6
            for _ in 0..<12 { sum += generator.uniform() }
            return standardDeviation * sum
        case .parts(let values): return values[index * values.count / count]
        }
    }
}

/// The gradient of every parameter of a store, in the same flat layout.
///
/// What was not touched since `reset` counts as zero and holds what was there before: the first product that writes a gradient
/// overwrites it, and nobody has to fill the memory with zeros in every step.
public final class ParameterGradients: @unchecked Sendable {
    /// The flat memory, float32, of all gradients; undefined for what does not learn, and for what neither has a gradient nor was asked for.
    package let memory: Tensor
    private let store: ParameterStore
    /// By the parameters' places: whether the memory holds its gradient.
    private var isTouched: [Bool]
    /// By the parameters' places: whether nobody wants its gradient.
    private let isFrozen: [Bool]

    /// Zero gradients for the parameters of `store`.
    ///
    /// - Parameter isFrozen: which parameters do not learn: their gradients are undefined, and what only they would need of a
    ///   backward pass is left out.
    public init(for store: ParameterStore, isFrozen: (Parameter) -> Bool = { _ in false }) {
        self.store = store
        memory = Tensor(untouchedZeros: [store.flatCount])
        isTouched = Array(repeating: false, count: store.parameters.count)
        self.isFrozen = store.parameters.map(isFrozen)
    }

    /// Whether nobody wants the gradient of this parameter.
    func isFrozen(_ parameter: Parameter) -> Bool { isFrozen[parameter.index] }

    /// The parameters that learn.
    var learned: [Parameter] { store.parameters.filter { !isFrozen($0) } }

    /// The flat memory, float32, of all gradients; undefined for what does not learn. Not to be called from several threads at once.
    public var values: Tensor {
        for parameter in learned { define(parameter) }
        return memory
    }

    /// Makes the gradient of a parameter zero if nothing has touched it.
    package func define(_ parameter: Parameter) { _ = gradient(of: parameter) }

    /// The gradient of one parameter, to be added to.
    public func gradient(of parameter: Parameter) -> Tensor {
        let gradient = target(parameter)
        if !isTouched[parameter.index] { gradient.floats.update(repeating: 0, count: gradient.count) }
        isTouched[parameter.index] = true
        return gradient
    }

    /// Lets `write` put a gradient of a parameter into its place: over undefined contents, or added to what is there if its
    /// second argument is true.
    func accumulate(_ parameter: Parameter, _ write: (Tensor, _ accumulate: Bool) -> Void) {
        write(target(parameter), isTouched[parameter.index])
        isTouched[parameter.index] = true
    }

    private func target(_ parameter: Parameter) -> Tensor {
        Tensor(storage: memory.storage, offset: parameter.offset, shape: parameter.shape)
    }

    /// Sets all gradients to zero.
    public func reset() {
        for index in isTouched.indices { isTouched[index] = false }
    }
}
