import CKernels
import Tensors

/// Memory for the keys and values of some sequences, head after head: keys in blocks, transposed, and values in rows; float32. So lie what
/// products with few queries read: docs/decisions/0024.
struct KeyValueStore {
    let headCount: Int
    let headDimension: Int
    /// [batch, head, block, headDimension, blockSize]
    private let keys: Tensor
    /// [batch, head, position, columns of a head]
    private let values: Tensor
    /// Positions stored of each sequence.
    private(set) var count = 0

    /// Positions that there is room for, at least, where the first ones did not do: as many as most texts have.
    private static let secondCapacity = 512
    /// Keys of a block.
    private static let blockSize = Int(CACHED_KEYS)

    /// Room for so many sequences and at least so many positions.
    init(batch: Int, headCount: Int, headDimension: Int, capacity: Int) {
        self.headCount = headCount
        self.headDimension = headDimension
        let size = Self.blockSize
        let blocks = (max(1, capacity) + size - 1) / size
        keys = Tensor(uninitialized: [batch, headCount, blocks, headDimension, size])
        let columns = (headDimension + size - 1) / size * size
        values = Tensor(uninitialized: [batch, headCount, blocks * size, columns])
    }

    var batch: Int { keys.shape[0] }
    private var capacity: Int { values.shape[2] }
    /// Columns of a head's context: `headDimension`, rounded up to whole vectors.
    var columnCount: Int { values.shape[3] }
    /// Columns of a row of scores: `count`, rounded up to whole blocks.
    var scoreCount: Int { (count + Self.blockSize - 1) / Self.blockSize * Self.blockSize }

    /// Appends columns `firstColumn...` of projected [batch, time, firstColumn + 2 * model]: keys, values.
    mutating func append(_ projected: Tensor, firstColumn: Int) {
        let projected = projected.converted(to: .float32)
        let time = projected.shape[1]
        let columns = projected.shape[2]
        precondition(
            projected.shape[0] == batch && columns == firstColumn + 2 * headCount * headDimension,
            "KeyValueStore: \(projected.shape) appended to \(values.shape)")
        if count + time > capacity {
            // Powers of two, so that utterances share what the memory pool keeps, and few of them, because it keeps what was outgrown.
            var larger = max(capacity, Self.secondCapacity)
            while larger < count + time { larger *= 2 }
            self = copy(Array(0..<batch), capacity: larger)
        }
        let size = Self.blockSize
        for b in 0..<batch {
            for head in 0..<headCount {
                let index = b * headCount + head
                let headKeys = keys.floats + index * capacity * headDimension
                let headValues = values.floats + (index * capacity + count) * columnCount
                for t in 0..<time {
                    let row = projected.floats + (b * time + t) * columns + firstColumn + head * headDimension
                    let (block, place) = (count + t).quotientAndRemainder(dividingBy: size)
                    let key = headKeys + block * headDimension * size + place
                    for d in 0..<headDimension { key[d * size] = row[d] }
                    (headValues + t * columnCount).update(from: row + headCount * headDimension, count: headDimension)
                }
            }
        }
        count += time
    }

    /// Makes sequence b continue what sequence parents[b] was.
    mutating func reorder(_ parents: [Int]) {
        guard parents.count == batch else {
            self = copy(parents, capacity: capacity)
            return
        }
        // Only what changes is copied: by way of another place where somebody else continues it.
        let changed = parents.indices.filter { parents[$0] != $0 }
        let moved = Set(changed.map { parents[$0] }).intersection(changed)
        let kept = moved.reduce(into: [:]) { kept, place in kept[place] = copy([place], capacity: capacity) }
        for place in changed {
            if let copy = kept[parents[place]] {
                copy.move(0, to: place, of: self)
            } else {
                move(parents[place], to: place, of: self)
            }
        }
    }

    /// Some sequences in other memory, with room for so many positions.
    private func copy(_ sequences: [Int], capacity: Int) -> KeyValueStore {
        var result = KeyValueStore(
            batch: sequences.count, headCount: headCount, headDimension: headDimension, capacity: capacity)
        result.count = count
        for (place, sequence) in sequences.enumerated() { move(sequence, to: place, of: result) }
        return result
    }

    /// Copies the positions of one sequence.
    private func move(_ source: Int, to target: Int, of other: KeyValueStore) {
        let used = scoreCount
        func move(_ from: Tensor, _ to: Tensor, width: Int) {
            let fromStride = from.count / batch / headCount
            let toStride = to.count / other.batch / headCount
            for head in 0..<headCount {
                let start = from.floats + (source * headCount + head) * fromStride
                (to.floats + (target * headCount + head) * toStride).update(from: start, count: used * width)
            }
        }
        move(keys, other.keys, width: headDimension)
        move(values, other.values, width: columnCount)
    }

    /// Products of queries with all keys of one head of one sequence: [rowCount, scoreCount], of which the first `count` mean something.
    func scores(
        of queries: UnsafePointer<Float>, stride: Int, rowCount: Int, head: Int, sequence: Int,
        into scores: UnsafeMutablePointer<Float>, scoreStride: Int
    ) {
        Kernels.table.cached_scores(
            scores, Int64(scoreStride), queries, Int64(stride), Int64(rowCount),
            keys.floats + (sequence * headCount + head) * capacity * headDimension, Int64(headDimension),
            Int64(scoreCount / Self.blockSize))
    }

    /// Sums of the first `keyCount` values of one head of one sequence, by their weights: [rowCount, columnCount]; added to what is there
    /// if `accumulate`.
    func context(
        of weights: UnsafePointer<Float>, stride: Int, rowCount: Int, keyCount: Int, head: Int, sequence: Int,
        into context: UnsafeMutablePointer<Float>, contextStride: Int, accumulate: Bool
    ) {
        Kernels.table.cached_context(
            context, Int64(contextStride), weights, Int64(stride), Int64(rowCount),
            values.floats + (sequence * headCount + head) * capacity * columnCount,
            Int64(columnCount / Self.blockSize), Int64(keyCount), accumulate)
    }
}
