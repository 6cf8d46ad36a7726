/// How the numbers of a learned array are stored, apart from the type of activations and products.
public enum WeightStorage: Sendable {
    case float32(Tensor)
    case bfloat16(Tensor)
    /// In a file, as halves or in blocks of 8 bits; converted when they are needed.
    case file(any StoredNumbers)

    /// Numbers as a tensor has them, which may be a view of a file.
    public init(_ tensor: Tensor) {
        switch tensor.elementType {
        case .float32: self = .float32(tensor)
        case .bfloat16: self = .bfloat16(tensor)
        }
    }

    /// The sizes of the array.
    public var shape: [Int] {
        switch self {
        case .float32(let tensor), .bfloat16(let tensor): tensor.shape
        case .file(let numbers): numbers.shape
        }
    }

    /// The numbers where they lie, if they are operands of a product of this type as they are.
    public func stored(as type: ElementType) -> Tensor? {
        switch (self, type) {
        case (.float32(let tensor), .float32), (.bfloat16(let tensor), .bfloat16): tensor
        default: nil
        }
    }

    /// The numbers as operands of a product of this type, converted into new memory where they are stored in another way.
    public func operand(_ type: ElementType) -> Tensor {
        switch self {
        case .float32(let tensor), .bfloat16(let tensor): return tensor.converted(to: type)
        case .file(let numbers):
            do { return try numbers.floats().converted(to: type) } catch {
                fatalError("\(error)")
            }
        }
    }

    /// Some rows of the outermost axis, one after the other, as float32.
    public func rows(_ rows: [Int]) -> Tensor {
        let size = shape.dropFirst().reduce(1, *)
        let result = Tensor(uninitialized: [rows.count] + shape.dropFirst())
        for (place, row) in rows.enumerated() {
            let target = result.floats + place * size
            switch self {
            case .float32(let tensor), .bfloat16(let tensor):
                target.update(from: tensor.rows(row..<row + 1).converted(to: .float32).floats, count: size)
            case .file(let numbers): numbers.read(rows: row..<row + 1, into: target)
            }
        }
        return result
    }
}
