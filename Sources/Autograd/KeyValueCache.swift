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
        // Scores of the common positions, filled up to whole blocks, and behind them those of the others.
        let commonCount = common?.scoreCount ?? 0
        let stride = commonCount + own.scoreCount
        // Queries of one sequence.
        let queryCount = rows * time / batch
        let scale = 1 / Float(headDimension).squareRoot()
        let weightOffset = keyWeights.map { logf($0.weight) / scale }
        let context = Tensor(uninitialized: [rows, time, model])
        let kept = recorder.map { _ in Tensor(uninitialized: [batch, headCount, queryCount, stride]) }
        let isShared = rows * time * count * model >= SharedWork.smallestProduct / 16
        SharedWork.forEach(count: headCount, size: isShared ? 1 : headCount) { heads in
            let scores = Tensor(uninitialized: [rows * time, stride])
            let weights = Tensor(uninitialized: [rows * time, stride])
            // Where heads are whole vectors the context goes where it belongs at once.
            let isWhole = own.columnCount == headDimension
            let sums = isWhole ? nil : Tensor(uninitialized: [rows * time, own.columnCount])
            let sumStride = isWhole ? model : own.columnCount
            for head in heads {
                let headQueries = queries.floats + head * headDimension
                let sum = sums?.floats ?? context.floats + head * headDimension
                if let common {
                    common.scores(
                        of: headQueries, stride: columns, rowCount: rows * time, head: head, sequence: 0,
                        into: scores.floats, scoreStride: stride)
                    for row in 0..<rows * time {
                        (scores.floats + row * stride + common.count)
                            .update(repeating: -.infinity, count: commonCount - common.count)
                    }
                }
                for b in 0..<batch {
                    let first = b * queryCount
                    let rowScores = scores.floats + first * stride
                    let rowWeights = weights.floats + first * stride
                    own.scores(
                        of: headQueries + first * columns, stride: columns, rowCount: queryCount, head: head,
                        sequence: b, into: rowScores + commonCount, scoreStride: stride)
                    if let keyWeights, let weightOffset {
                        for row in 0..<queryCount {
                            for key in min(keyWeights.first, count)..<count {
                                rowScores[row * stride + key] += weightOffset
                            }
                        }
                    }
                    let visible = lengths?[b] ?? own.count
                    Kernels.table.float32.attention_softmax(
                        rowWeights, nil, rowScores, Int64(queryCount), Int64(commonCount + own.count), Int64(stride),
                        scale, Int64(commonCount + visible), isCausal ? Int64(commonCount + own.count - time) : -1, 0,
                        0, 0)
                }
                if let common {
                    common.context(
                        of: weights.floats, stride: stride, rowCount: rows * time, keyCount: common.count, head: head,
                        sequence: 0, into: sum, contextStride: sumStride, accumulate: false)
                }
                for b in 0..<batch {
                    let first = b * queryCount
                    own.context(
                        of: weights.floats + first * stride + commonCount, stride: stride, rowCount: queryCount,
                        keyCount: lengths?[b] ?? own.count, head: head, sequence: b, into: sum + first * sumStride,
                        contextStride: sumStride, accumulate: common != nil)
                }
                if let kept {
                    for b in 0..<batch {
                        (kept.floats + (b * headCount + head) * queryCount * stride)
                            .update(from: weights.floats + b * queryCount * stride, count: queryCount * stride)
                    }
                }
                guard let sums else { continue }
                for row in 0..<rows * time {
                    (context.floats + row * model + head * headDimension)
                        .update(from: sums.floats + row * own.columnCount, count: headDimension)
                }
            }
        }
        if let recorder, let kept { recorder.append(kept, keyTime: count) }
        return tape.variable(context.converted(to: query.value.elementType))
    }
}
