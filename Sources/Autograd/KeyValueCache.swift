import CKernels
import Glibc
import Tensors

/// The keys and values of an attention, kept for step after step of decoding: those of a decoder layer's own positions, which grow
/// with each step, or those of the encoder output.
///
/// They lie as products with few queries read them, head after head: keys in blocks, transposed, and values in rows; float32 whatever
/// the precision of the rest. docs/decisions/0024.
public final class KeyValueCache {
    /// [batch, head, block, headDimension, blockSize]
    private var keys: Tensor
    /// [batch, head, position, headDimension rounded up to a multiple of blockSize]
    private var values: Tensor
    /// Positions stored of each sequence.
    public private(set) var count = 0
    /// How many of them each sequence may see; nil: all.
    private let lengths: [Int]?
    /// Some positions that stand for several; nil: none.
    private let keyWeights: KeyWeights?
    private let headCount: Int
    private let headDimension: Int

    /// Keys of a block.
    private static let blockSize = Int(CACHED_KEYS)

    public var batch: Int { keys.shape[0] }

    /// An empty cache for `batch` sequences.
    ///
    /// - Parameter capacity: positions that there is room for at first.
    public convenience init(batch: Int, modelDimension: Int, headCount: Int, capacity: Int = 64) {
        self.init(
            batch: batch, modelDimension: modelDimension, headCount: headCount, capacity: capacity, lengths: nil,
            keyWeights: nil)
    }

    /// The keys and values of an encoder output.
    ///
    /// - Parameters:
    ///   - projected: [batch, position, 2 * model]: keys, values
    ///   - lengths: positions of each sequence
    ///   - keyWeights: positions of them that stand for several; nil: none
    public convenience init(_ projected: Tensor, headCount: Int, lengths: [Int], keyWeights: KeyWeights? = nil) {
        self.init(
            batch: projected.shape[0], modelDimension: projected.shape[2] / 2, headCount: headCount,
            capacity: projected.shape[1], lengths: lengths, keyWeights: keyWeights)
        append(projected, firstColumn: 0)
    }

    private init(
        batch: Int, modelDimension: Int, headCount: Int, capacity: Int, lengths: [Int]?, keyWeights: KeyWeights?
    ) {
        precondition(
            modelDimension % headCount == 0 && lengths?.count ?? batch == batch,
            "KeyValueCache: \(headCount) heads of \(modelDimension), \(batch) sequences of lengths \(lengths ?? [])")
        self.headCount = headCount
        self.lengths = lengths
        self.keyWeights = keyWeights
        headDimension = modelDimension / headCount
        keys = Tensor(uninitialized: [0])
        values = keys
        (keys, values) = memory(batch: batch, capacity: capacity)
    }

    /// Room for so many sequences and at least so many positions.
    private func memory(batch: Int, capacity: Int) -> (keys: Tensor, values: Tensor) {
        let size = Self.blockSize
        let blocks = (max(1, capacity) + size - 1) / size
        return (
            Tensor(uninitialized: [batch, headCount, blocks, headDimension, size]),
            Tensor(uninitialized: [batch, headCount, blocks * size, vectorsPerHead * size])
        )
    }

    private var vectorsPerHead: Int { (headDimension + Self.blockSize - 1) / Self.blockSize }

    private var capacity: Int { values.shape[2] }

    /// Appends columns `firstColumn...` of projected [batch, time, firstColumn + 2 * model]: keys, values.
    public func append(_ projected: Tensor, firstColumn: Int) {
        let projected = projected.converted(to: .float32)
        let time = projected.shape[1]
        let columns = projected.shape[2]
        precondition(
            projected.shape[0] == batch && columns == firstColumn + 2 * headCount * headDimension,
            "KeyValueCache: \(projected.shape) appended to \(values.shape)")
        if count + time > capacity {
            // Powers of two, so that utterances share what the memory pool keeps.
            var larger = capacity
            while larger < count + time { larger *= 2 }
            copy(Array(0..<batch), capacity: larger)
        }
        let (size, width) = (Self.blockSize, vectorsPerHead * Self.blockSize)
        for b in 0..<batch {
            for head in 0..<headCount {
                let index = b * headCount + head
                let headKeys = keys.floats + index * capacity * headDimension
                let headValues = values.floats + (index * capacity + count) * width
                for t in 0..<time {
                    let row = projected.floats + (b * time + t) * columns + firstColumn + head * headDimension
                    let (block, place) = (count + t).quotientAndRemainder(dividingBy: size)
                    let key = headKeys + block * headDimension * size + place
                    for d in 0..<headDimension { key[d * size] = row[d] }
                    (headValues + t * width).update(from: row + headCount * headDimension, count: headDimension)
                }
            }
        }
        count += time
    }

    /// Makes sequence b continue what sequence parents[b] was.
    public func reorder(_ parents: [Int]) {
        guard parents.count == batch else { return copy(parents, capacity: capacity) }
        // Only what changes is copied: by way of another place where somebody else continues it.
        let changed = parents.indices.filter { parents[$0] != $0 }
        let moved = Set(changed.map { parents[$0] }).intersection(changed)
        let kept = moved.reduce(into: [Int: (keys: Tensor, values: Tensor)]()) { kept, place in
            let copies = memory(batch: 1, capacity: capacity)
            move(place, of: (keys, values), to: 0, of: copies)
            kept[place] = copies
        }
        for place in changed {
            if let copies = kept[parents[place]] {
                move(0, of: copies, to: place, of: (keys, values))
            } else {
                move(parents[place], of: (keys, values), to: place, of: (keys, values))
            }
        }
    }

    /// Gives the sequences other memory, with room for so many positions.
    private func copy(_ parents: [Int], capacity: Int) {
        let copies = memory(batch: parents.count, capacity: capacity)
        for (place, parent) in parents.enumerated() { move(parent, of: (keys, values), to: place, of: copies) }
        (keys, values) = copies
    }

    /// Copies the positions of one sequence.
    private func move(
        _ source: Int, of from: (keys: Tensor, values: Tensor), to target: Int, of to: (keys: Tensor, values: Tensor)
    ) {
        let size = Self.blockSize
        let used = (count + size - 1) / size * size
        func move(_ from: Tensor, _ to: Tensor, width: Int) {
            let fromStride = from.count / from.shape[0] / headCount
            let toStride = to.count / to.shape[0] / headCount
            for head in 0..<headCount {
                let start = from.floats + (source * headCount + head) * fromStride
                (to.floats + (target * headCount + head) * toStride).update(from: start, count: used * width)
            }
        }
        move(from.keys, to.keys, width: headDimension)
        move(from.values, to.values, width: vectorsPerHead * size)
    }

    /// Multi-head scaled dot-product attention over what is stored, as `attention` computes it.
    ///
    /// - Parameters:
    ///   - query: [rows, time, ...], whose first columns are queries. There are as many rows as sequences, or any number for one
    ///     sequence that all of them see: the hypotheses of a beam.
    ///   - isCausal: whether the queries are the last `time` positions stored, each of which sees itself and those before it.
    /// - Returns: [rows, time, model], of the type of the query.
    public func attention(_ query: Variable, isCausal: Bool) -> Variable {
        let tape = query.tape
        let (rows, time) = (query.value.shape[0], query.value.shape[1])
        precondition(
            (rows == batch || batch == 1 && !isCausal) && (time <= count || !isCausal)
                && query.value.shape[2] >= headCount * headDimension,
            "KeyValueCache: queries \(query.value.shape), values \(values.shape) of \(count) positions")
        let queries = query.value.converted(to: .float32)
        let (columns, model) = (queries.shape[2], headCount * headDimension)
        let recorder = isCausal ? nil : tape.attentionRecorder
        let (size, width) = (Self.blockSize, vectorsPerHead * Self.blockSize)
        let blocks = (count + size - 1) / size
        let stride = blocks * size
        // Queries of one sequence.
        let queryCount = batch == 1 ? rows * time : time
        let scale = 1 / Float(headDimension).squareRoot()
        let weightOffset = keyWeights.map { logf($0.weight) / scale }
        let table = Kernels.table
        let context = Tensor(uninitialized: [rows, time, model])
        let kept = recorder.map { _ in Tensor(uninitialized: [batch, headCount, queryCount, stride]) }
        let isShared = batch * queryCount * count * model >= SharedWork.smallestProduct / 16
        SharedWork.forEach(count: batch * headCount, size: isShared ? 1 : batch * headCount) { indices in
            let scores = Tensor(uninitialized: [queryCount, stride])
            let passing = kept == nil ? Tensor(uninitialized: [queryCount, stride]) : nil
            let sums = width == headDimension ? nil : Tensor(uninitialized: [queryCount, width])
            for index in indices {
                let (b, head) = index.quotientAndRemainder(dividingBy: headCount)
                let weights = passing?.floats ?? kept!.floats + index * queryCount * stride
                let first = b * queryCount
                table.cached_scores(
                    scores.floats, Int64(stride), queries.floats + first * columns + head * headDimension,
                    Int64(columns),
                    Int64(queryCount), keys.floats + index * capacity * headDimension, Int64(headDimension),
                    Int64(blocks))
                if let keyWeights, let weightOffset {
                    for row in 0..<queryCount {
                        for key in min(keyWeights.first, count)..<count {
                            scores.floats[row * stride + key] += weightOffset
                        }
                    }
                }
                let visible = lengths?[b] ?? count
                table.float32.attention_softmax(
                    weights, nil, scores.floats, Int64(queryCount), Int64(count), Int64(stride), scale, Int64(visible),
                    isCausal ? Int64(count - time) : -1, 0, 0, 0)
                // Where heads are whole vectors the context goes where it belongs at once.
                let target = context.floats + first * model + head * headDimension
                table.cached_context(
                    sums?.floats ?? target, Int64(sums == nil ? model : width), weights, Int64(stride),
                    Int64(queryCount), values.floats + index * capacity * width, Int64(vectorsPerHead), Int64(visible))
                guard let sums else { continue }
                for row in 0..<queryCount {
                    (target + row * model).update(from: sums.floats + row * width, count: headDimension)
                }
            }
        }
        if let recorder, let kept { recorder.append(kept, keyTime: count) }
        return tape.variable(context.converted(to: query.value.elementType))
    }
}
