import CKernels

/// A dense, row-major array of numbers: `shape` names its axes from the outermost to the innermost.
///
/// A tensor is a reference to memory: whoever makes it fills it, and from then on it is only read. (The exceptions are
/// parameters and their gradients, which an optimiser updates in place while nobody reads them.)
public struct Tensor: @unchecked Sendable {
    public private(set) var storage: Storage
    public let shape: [Int]
    public let elementType: ElementType
    /// Where the first element lies in the storage, in elements.
    public let offset: Int

    /// A tensor over existing memory.
    public init(storage: Storage, offset: Int = 0, shape: [Int], elementType: ElementType = .float32) {
        self.storage = storage
        self.shape = shape
        self.elementType = elementType
        self.offset = offset
    }

    /// A new tensor, contents undefined.
    public init(uninitialized shape: [Int], _ elementType: ElementType = .float32) {
        let count = shape.reduce(1, *)
        precondition(count >= 0, "Tensor: negative size in shape \(shape)")
        self.init(storage: Storage(byteCount: count * elementType.byteCount), shape: shape, elementType: elementType)
    }

    /// A new tensor, contents undefined, whose sizes come from a file or a user.
    ///
    /// - Throws: `AllocationError` if there is no memory left for it.
    public init(checked shape: [Int], _ elementType: ElementType = .float32) throws(AllocationError) {
        var byteCount = elementType.byteCount
        for size in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { throw AllocationError(byteCount: nil) }
            byteCount = product
        }
        self.init(storage: try Storage(checkedByteCount: byteCount), shape: shape, elementType: elementType)
    }

    /// A new tensor of zeros.
    public init(zeros shape: [Int], _ elementType: ElementType = .float32) {
        self.init(uninitialized: shape, elementType)
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: count * elementType.byteCount)
    }

    /// A new float32 tensor of zeros that take no memory until something is written to them.
    public init(untouchedZeros shape: [Int]) {
        self.init(storage: Storage(untouchedByteCount: 4 * shape.reduce(1, *)), shape: shape)
    }

    /// A new float32 tensor with these values in row-major order.
    public init(_ values: [Float], shape: [Int]) {
        precondition(values.count == shape.reduce(1, *), "Tensor: \(values.count) values for shape \(shape)")
        self.init(uninitialized: shape)
        values.withUnsafeBufferPointer { floats.update(from: $0.baseAddress ?? UnsafePointer(floats), count: $0.count) }
    }

    /// Whether no other tensor shares this memory, so that it may be written to.
    public mutating func isUniquelyReferenced() -> Bool { isKnownUniquelyReferenced(&storage) }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The size of the innermost axis.
    public var columnCount: Int { shape.last ?? 1 }

    /// The number of rows when all outer axes are taken as one.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    /// The first element.
    public var pointer: UnsafeMutableRawPointer { storage.pointer + offset * elementType.byteCount }

    /// Element `index` of all, in row-major order.
    public func pointer(at index: Int) -> UnsafeMutableRawPointer { pointer + index * elementType.byteCount }

    /// The first element of a float32 tensor.
    public var floats: UnsafeMutablePointer<Float> {
        precondition(elementType == .float32, "Tensor.floats of a \(elementType) tensor of shape \(shape)")
        return pointer.assumingMemoryBound(to: Float.self)
    }

    /// The values in row-major order, as float32.
    public var values: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { elementType.kernels.to_float(base, pointer, Int64(count)) }
            initialized = count
        }
    }

    /// The same elements under another shape of the same size.
    public func reshaped(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "Tensor.reshaped: \(self.shape) to \(shape)")
        return Tensor(storage: storage, offset: offset, shape: shape, elementType: elementType)
    }

    /// Rows `range` of the outermost axis.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "Tensor.rows: \(range) of shape \(shape)")
        let size = shape.dropFirst().reduce(1, *)
        return Tensor(
            storage: storage, offset: offset + range.lowerBound * size, shape: [range.count] + shape.dropFirst(),
            elementType: elementType)
    }

    /// The same values stored as `type`; the tensor itself where it is that already.
    public func converted(to type: ElementType) -> Tensor {
        if type == elementType { return self }
        let result = Tensor(uninitialized: shape, type)
        if type == .float32 {
            elementType.kernels.to_float(result.floats, pointer, Int64(count))
        } else {
            type.kernels.from_float(result.pointer, floats, Int64(count))
        }
        return result
    }
}
