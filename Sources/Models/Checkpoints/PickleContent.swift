/// What a pickle of PyTorch describes: plain values and tensors. Lists, tuples and dictionaries lie side by side and are named by their
/// number, so that nothing is nested in memory, however deep the file has it.
struct PickleContent {
    enum Value: Equatable {
        case none
        case bool(Bool)
        case int(Int)
        case double(Double)
        case text(String)
        case list(Int)
        case tuple(Int)
        case dictionary(Int)
        case global(Global)
        case storage(Storage)
        /// A tensor, by its number.
        case tensor(Int)
    }

    /// The functions and classes that a file may name. They stand for what is done here; nothing else is ever called.
    enum Global: String, CaseIterable {
        case orderedDictionary = "collections.OrderedDict"
        case rebuildTensor = "torch._utils._rebuild_tensor_v2"
        case rebuildParameter = "torch._utils._rebuild_parameter"
        case floatStorage = "torch.FloatStorage"
        case halfStorage = "torch.HalfStorage"
        case bfloat16Storage = "torch.BFloat16Storage"

        /// How the numbers of a storage are stored; nil for functions.
        var encoding: CheckpointTensor.Encoding? {
            switch self {
            case .floatStorage: .float32
            case .halfStorage: .float16
            case .bfloat16Storage: .bfloat16
            case .orderedDictionary, .rebuildTensor, .rebuildParameter: nil
            }
        }
    }

    /// Numbers in a file of their own.
    struct Storage: Equatable {
        let key: String
        let encoding: CheckpointTensor.Encoding
        let count: Int
    }

    /// A view of a storage; offset and strides in elements.
    struct Tensor: Equatable {
        let storage: Storage
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    var root = Value.none
    var lists: [[Value]] = []
    var tuples: [[Value]] = []
    /// The last of several values of a key counts.
    var dictionaries: [[(key: Value, value: Value)]] = []
    var tensors: [Tensor] = []

    /// The values of a dictionary by their texts; nil if it is none, or a key is no text.
    func dictionary(_ value: Value?) -> [String: Value]? {
        guard case .dictionary(let index) = value else { return nil }
        var result: [String: Value] = [:]
        for (key, value) in dictionaries[index] {
            guard case .text(let text) = key else { return nil }
            result[text] = value
        }
        return result
    }

    /// The items of a tuple; nil if it is none.
    func tuple(_ value: Value) -> [Value]? {
        if case .tuple(let index) = value { tuples[index] } else { nil }
    }

    /// The integers of a tuple; nil if it is none, or has something else.
    func integers(_ value: Value) -> [Int]? {
        guard let items = tuple(value) else { return nil }
        let integers = items.compactMap { if case .int(let number) = $0 { number } else { nil } }
        return integers.count == items.count ? integers : nil
    }
}
