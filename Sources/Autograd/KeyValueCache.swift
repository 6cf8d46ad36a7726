import Glibc
import Tensors

/// The keys and values of an attention, kept for step after step of decoding: those of a decoder layer's own positions, which grow
/// with each step, or those of the encoder output.
///
/// What all hypotheses of a beam have in common, because it was there before they were, is kept once.
public final class KeyValueCache {
    /// The positions that all sequences begin with, of a batch of one; nil: none.
    private var common: KeyValueStore?
    /// Those behind them, of each sequence.
    private var own: KeyValueStore
    /// How many positions each sequence may see; nil: all.
    private let lengths: [Int]?
    /// Some positions that stand for several; nil: none.
    private let keyWeights: KeyWeights?

    /// Positions stored of each sequence.
    public var count: Int { (common?.count ?? 0) + own.count }

    public var batch: Int { own.batch }

    /// Positions that there is room for at first.
    private static let firstCapacity = 64

    /// An empty cache for `batch` sequences.
    public convenience init(batch: Int, modelDimension: Int, headCount: Int) {
        self.init(
            batch: batch, modelDimension: modelDimension, headCount: headCount, capacity: Self.firstCapacity,
            lengths: nil, keyWeights: nil)
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
        own = KeyValueStore(
            batch: batch, headCount: headCount, headDimension: modelDimension / headCount, capacity: capacity)
        self.lengths = lengths
        self.keyWeights = keyWeights
    }

    /// Appends columns `firstColumn...` of projected [batch, time, firstColumn + 2 * model]: keys, values.
    public func append(_ projected: Tensor, firstColumn: Int) { own.append(projected, firstColumn: firstColumn) }

    /// Makes sequence b continue what sequence parents[b] was.
    public func reorder(_ parents: [Int]) {
        precondition(
            lengths == nil && keyWeights == nil, "KeyValueCache: sequences of an encoder output are not reordered")
        guard batch == 1, common == nil else { return own.reorder(parents) }
        common = own
        own = KeyValueStore(
            batch: parents.count, headCount: own.headCount, headDimension: own.headDimension,
            capacity: Self.firstCapacity)
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
        let (headCount, headDimension) = (own.headCount, own.headDimension)
        let model = headCount * headDimension
        precondition(
            (rows == batch || batch == 1 && !isCausal) && (time <= own.count || !isCausal)
                && query.value.shape[2] >= model,
            "KeyValueCache: queries \(query.value.shape), \(batch) sequences of \(count) positions of \(model)")
        let queries = query.value.converted(to: .float32)
        let columns = queries.shape[2]
        let recorder = isCausal ? nil : tape.attentionRecorder
        let stride = (common?.scoreCount ?? 0) + own.scoreCount
        let context = Tensor(uninitialized: [rows, time, model])
        let kept = recorder.map { _ in Tensor(uninitialized: [batch, headCount, rows * time / batch, stride]) }
        let isShared = rows * time * count * model >= SharedWork.smallestProduct / 16
        SharedWork.forEach(count: headCount, size: isShared ? 1 : headCount) { heads in
            let scores = Tensor(uninitialized: [rows * time, stride])
            let weights = Tensor(uninitialized: [rows * time, stride])
            let sums = Tensor(uninitialized: [rows * time, own.columnCount])
            for head in heads {
                score(head, queries.floats + head * headDimension, stride: columns, into: scores)
                weigh(scores, lastQueryCount: isCausal ? time : nil, into: weights)
                sum(head, weights, into: sums)
                for row in 0..<rows * time {
                    (context.floats + row * model + head * headDimension)
                        .update(from: sums.floats + row * own.columnCount, count: headDimension)
                }
                guard let kept else { continue }
                let size = weights.count / batch
                for b in 0..<batch {
                    (kept.floats + (b * headCount + head) * size).update(from: weights.floats + b * size, count: size)
                }
            }
        }
        if let recorder, let kept { recorder.append(kept, keyTime: count) }
        return tape.variable(context.converted(to: query.value.elementType))
    }

    // A row of scores and weights has the common positions, filled up to whole blocks, and behind them those of its sequence.

    /// Products of the queries of one head and all keys that each may see: [query, position].
    private func score(_ head: Int, _ queries: UnsafePointer<Float>, stride: Int, into scores: Tensor) {
        let rowStride = scores.columnCount
        let queryCount = scores.rowCount / batch
        if let common {
            common.scores(
                of: queries, stride: stride, rowCount: scores.rowCount, head: head, sequence: 0, into: scores.floats,
                scoreStride: rowStride)
            for row in 0..<scores.rowCount {
                (scores.floats + row * rowStride + common.count)
                    .update(repeating: -.infinity, count: common.scoreCount - common.count)
            }
        }
        for b in 0..<batch {
            let first = b * queryCount
            own.scores(
                of: queries + first * stride, stride: stride, rowCount: queryCount, head: head, sequence: b,
                into: scores.floats + first * rowStride + (common?.scoreCount ?? 0), scoreStride: rowStride)
        }
    }

    /// The softmax of scores / sqrt(headDimension) over what each query may see: [query, position].
    ///
    /// - Parameter lastQueryCount: the queries are so many last positions, each of which sees itself and those before it; nil: they are
    ///   not, and see all.
    private func weigh(_ scores: Tensor, lastQueryCount: Int?, into weights: Tensor) {
        let stride = scores.columnCount
        let queryCount = scores.rowCount / batch
        let scale = 1 / Float(own.headDimension).squareRoot()
        if let keyWeights {
            let offset = logf(keyWeights.weight) / scale
            for row in 0..<scores.rowCount {
                for key in min(keyWeights.first, count)..<count { scores.floats[row * stride + key] += offset }
            }
        }
        let end = (common?.scoreCount ?? 0) + own.count
        for b in 0..<batch {
            let first = b * queryCount * stride
            Kernels.table.float32.attention_softmax(
                weights.floats + first, nil, scores.floats + first, Int64(queryCount), Int64(end), Int64(stride),
                scale, Int64(lengths?[b] ?? end), Int64(lastQueryCount.map { end - $0 } ?? -1), 0, 0, 0)
        }
    }

    /// The sums of the values of one head by their weights: [query, columns of a head].
    private func sum(_ head: Int, _ weights: Tensor, into sums: Tensor) {
        let stride = weights.columnCount
        let queryCount = weights.rowCount / batch
        common?.context(
            of: weights.floats, stride: stride, rowCount: weights.rowCount, keyCount: common?.count ?? 0, head: head,
            sequence: 0, into: sums.floats, contextStride: own.columnCount, accumulate: false)
        for b in 0..<batch {
            let first = b * queryCount
            own.context(
                of: weights.floats + first * stride + (common?.scoreCount ?? 0), stride: stride, rowCount: queryCount,
                keyCount: lengths?[b] ?? own.count, head: head, sequence: b,
                into: sums.floats + first * own.columnCount, contextStride: own.columnCount,
                accumulate: common != nil)
        }
    }
}
