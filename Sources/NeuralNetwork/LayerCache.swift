import Tensors

/// The keys and values that one decoder layer's self-attention has computed so far, for all hypotheses of a beam.
public final class LayerCache {
    /// [batch, capacity, 2 * model]; rows from `count` on are zero.
    public private(set) var keysValues: Tensor
    /// Positions stored.
    public private(set) var count = 0

    /// Products are prepared for each size: key counts are rounded up to this, and the mask hides the rest.
    private static let granularity = 16

    public init(batch: Int, modelDimension: Int, elementType: ElementType) {
        keysValues = Tensor(zeros: [batch, 4 * LayerCache.granularity, 2 * modelDimension], elementType)
    }

    /// `count`, rounded up.
    public var usedRowCount: Int {
        (count + LayerCache.granularity - 1) / LayerCache.granularity * LayerCache.granularity
    }

    /// Appends columns `firstColumn...` of projected [batch, time, firstColumn + 2 * model].
    func append(_ projected: Tensor, firstColumn: Int) {
        let (batch, time, columns) = (projected.shape[0], projected.shape[1], projected.shape[2])
        precondition(batch == keysValues.shape[0], "LayerCache: \(projected.shape) appended to \(keysValues.shape)")
        if count + time > keysValues.shape[1] { grow(to: 2 * (count + time)) }
        let size = projected.elementType.byteCount
        let (capacity, width) = (keysValues.shape[1], keysValues.shape[2])
        for b in 0..<batch {
            for t in 0..<time {
                (keysValues.pointer + (b * capacity + count + t) * width * size).copyMemory(
                    from: projected.pointer + ((b * time + t) * columns + firstColumn) * size, byteCount: width * size)
            }
        }
        count += time
    }

    /// Makes hypothesis b continue what hypothesis parents[b] was.
    public func reorder(_ parents: [Int]) {
        let (batch, rowBytes) = (keysValues.shape[0], keysValues.shape[2] * keysValues.elementType.byteCount)
        guard parents.count == batch else {
            keysValues = gathered(parents, capacity: keysValues.shape[1])
            return
        }
        // Only what changes is copied: by way of another place where somebody else continues it.
        let (size, stride) = (count * rowBytes, keysValues.shape[1] * rowBytes)
        let changed = parents.indices.filter { parents[$0] != $0 }
        let moved = Set(changed.map { parents[$0] }).intersection(changed)
        let kept = moved.reduce(into: [:]) { kept, place in
            kept[place] = keysValues.rows(place..<place + 1).copied(byteCount: size)
        }
        for place in changed {
            let source = kept[parents[place]]?.pointer ?? keysValues.pointer + parents[place] * stride
            (keysValues.pointer + place * stride).copyMemory(from: source, byteCount: size)
        }
    }

    private func grow(to rows: Int) {
        let capacity = (rows + LayerCache.granularity - 1) / LayerCache.granularity * LayerCache.granularity
        keysValues = gathered(Array(0..<keysValues.shape[0]), capacity: capacity)
    }

    private func gathered(_ parents: [Int], capacity: Int) -> Tensor {
        let (old, width) = (keysValues.shape[1], keysValues.shape[2])
        let rowBytes = width * keysValues.elementType.byteCount
        let result = Tensor(uninitialized: [parents.count, capacity, width], keysValues.elementType)
        for (b, parent) in parents.enumerated() {
            let start = result.pointer + b * capacity * rowBytes
            start.copyMemory(from: keysValues.pointer + parent * old * rowBytes, byteCount: count * rowBytes)
            (start + count * rowBytes).initializeMemory(
                as: UInt8.self, repeating: 0, count: (capacity - count) * rowBytes)
        }
        return result
    }
}

extension Tensor {
    /// The first bytes of the tensor in memory of their own.
    fileprivate func copied(byteCount: Int) -> Tensor {
        let result = Tensor(uninitialized: shape, elementType)
        result.pointer.copyMemory(from: pointer, byteCount: byteCount)
        return result
    }
}
