import Glibc
import Tensors

/// Which keys a query may attend to.
public struct AttentionMask: Sendable {
    /// The number of keys that exist in each sequence of the batch; nil: all.
    public var keyCounts: [Int]?
    /// Query i may see keys 0...(i + offset) only; nil: all.
    public var causalOffset: Int?
    /// Some keys that stand for several; nil: none.
    public var keyWeights: KeyWeights?

    /// Every query sees every key.
    public static let none = AttentionMask()

    /// A position sees itself and earlier ones. `offset` positions came before the first query.
    public static func causal(offset: Int = 0) -> AttentionMask { AttentionMask(causalOffset: offset) }

    /// Sequence b of the batch has `lengths[b]` keys; what follows is padding.
    public static func padding(lengths: [Int], keyWeights: KeyWeights? = nil) -> AttentionMask {
        AttentionMask(keyCounts: lengths, keyWeights: keyWeights)
    }

    public init(keyCounts: [Int]? = nil, causalOffset: Int? = nil, keyWeights: KeyWeights? = nil) {
        self.keyCounts = keyCounts
        self.causalOffset = causalOffset
        self.keyWeights = keyWeights
    }
}

/// Keys from `first` on that stand for `weight` keys like them each: as if they were there so many times.
public struct KeyWeights: Sendable, Equatable {
    public let first: Int
    public let weight: Float

    public init(first: Int, weight: Float) {
        self.first = first
        self.weight = weight
    }
}

/// Rows of a projection that hold queries, keys or values: columns `offset ..< offset + modelDimension` of a variable.
public struct AttentionInput {
    let variable: Variable
    let offset: Int
    var rowCount: Int { variable.value.shape[1] }

    /// - Parameters:
    ///   - variable: [batch, time, columns]
    ///   - offset: the first of the columns
    public init(_ variable: Variable, offset: Int = 0) {
        self.variable = variable
        self.offset = offset
    }

    /// Whether the variable has these rows and columns.
    fileprivate func fits(_ modelDimension: Int) -> Bool {
        offset + modelDimension <= variable.value.shape[2]
    }

    /// Head `head` of one sequence, all its rows or some: [rows, headDimension].
    fileprivate func view(
        _ head: Int, _ headDimension: Int, batch: Int, of tensor: Tensor, rows: Range<Int>? = nil
    ) -> MatrixView {
        let (time, columns) = (tensor.shape[1], tensor.shape[2])
        let rows = rows ?? 0..<rowCount
        let element = (batch * time + rows.lowerBound) * columns + offset + head * headDimension
        return MatrixView(
            tensor.pointer + element * tensor.elementType.byteCount, tensor.elementType, rows: rows.count,
            columns: headDimension, rowStride: columns)
    }
}

/// Multi-head scaled dot-product attention: softmax(Q K^T / sqrt(headDimension)) V for each head; Vaswani et al. 2017,
/// section 3.2.
///
/// Heads are columns of the projections. A block of queries of one head of one sequence is worked on at a time, so that its
/// scores stay in the cache. A query that may see no key gets zeros. A sequence gives the same bits alone and in a batch.
///
/// - Parameters:
///   - query: [batch, queryTime, ...]
///   - key, value: [batch, keyTime, ...]
///   - dropoutRate: dropout of the attention weights
///   - recorder: gets the attention weights
/// - Returns: [batch, queryTime, modelDimension].
public func attention(
    query: AttentionInput, key: AttentionInput, value: AttentionInput, modelDimension: Int, headCount: Int,
    mask: AttentionMask, dropoutRate: Float = 0, recorder: AttentionRecorder? = nil
) -> Variable {
    let tape = query.variable.tape
    let (q, k, v) = (query.variable.value, key.variable.value, value.variable.value)
    let (batch, queryTime, keyTime) = (q.shape[0], query.rowCount, key.rowCount)
    let headDimension = modelDimension / headCount
    precondition(
        modelDimension % headCount == 0 && k.shape[0] == batch && v.shape[0] == batch && value.rowCount == keyTime
            && [query, key, value].allSatisfy { $0.fits(modelDimension) } && mask.keyCounts?.count ?? batch == batch
            && mask.causalOffset ?? 0 >= 0,
        "attention: queries \(q.shape), keys \(k.shape), values \(v.shape), \(headCount) heads of \(modelDimension), "
            + "\(mask)")
    let type = q.elementType
    let kernels = type.kernels
    let scale = 1 / Float(headDimension).squareRoot()
    let (dropoutKey, rate) = tape.dropout(rate: dropoutRate)
    let inputs = [query.variable, key.variable, value.variable]
    let keepsWeights = tape.wantsGradient(inputs) || recorder != nil
    let layout = AttentionLayout(queryTime: queryTime, keyTime: keyTime, headDimension: headDimension, type)

    // Scores, weights and context of one block of queries after the other. Weights are kept for the backward pass.
    let context = Tensor(uninitialized: [batch, queryTime, modelDimension], type)
    let output = AttentionInput(tape.variable(context))
    let weights = Tensor(uninitialized: [keepsWeights ? batch * headCount : 0, queryTime, layout.stride], type)
    let isShared = batch * queryTime * keyTime * modelDimension >= SharedWork.smallestProduct
    SharedWork.forEach(count: batch * headCount, size: isShared ? 1 : batch * headCount) { indices in
        let (queryCopy, contextCopy) = (layout.makeQueryCopy(), layout.makeQueryCopy())
        let (keyCopy, valueCopy) = (layout.makeKeyCopy(), layout.makeKeyCopy())
        let scores = layout.makeScores(.float32)
        let dropped = rate == 0 ? nil : layout.makeScores(type)
        let passingWeights = keepsWeights ? nil : layout.makeScores(type)
        for index in indices {
            let (b, head) = index.quotientAndRemainder(dividingBy: headCount)
            let keys = keyCopy.load(key.view(head, headDimension, batch: b, of: k))
            let values = valueCopy.load(value.view(head, headDimension, batch: b, of: v))
            for rows in layout.blocks {
                let blockWeights = passingWeights ?? weights.rows(index..<index + 1).block(rows)
                let queries = queryCopy.load(query.view(head, headDimension, batch: b, of: q, rows: rows))
                layout.multiply(queries, keys, into: layout.view(scores, rows))
                if let weights = mask.keyWeights {
                    layout.add(logf(weights.weight) / scale, to: scores, rowCount: rows.count, from: weights.first)
                }
                kernels.attention_softmax(
                    blockWeights.pointer, dropped?.pointer, scores.floats, Int64(rows.count), Int64(keyTime),
                    Int64(layout.stride), scale, Int64(mask.keyCounts?[b] ?? keyTime),
                    Int64(mask.causalOffset.map { $0 + rows.lowerBound } ?? -1), dropoutKey,
                    UInt64((index * queryTime + rows.lowerBound) * layout.stride), rate)
                contextCopy.store(in: output.view(head, headDimension, batch: b, of: context, rows: rows)) {
                    context, _ in
                    layout.multiply(weights: layout.view(dropped ?? blockWeights, rows), values, into: context)
                }
            }
        }
    }
    recorder?.append(weights.reshaped([batch, headCount, queryTime, layout.stride]), keyTime: keyTime)

    return tape.record(context, of: inputs) { [tape] dcontext in
        let targets = GradientTargets(of: [query, key, value], modelDimension: modelDimension)
        let (queryCopy, contextCopy) = (layout.makeQueryCopy(), layout.makeQueryCopy())
        let (keyCopy, valueCopy) = (layout.makeKeyCopy(), layout.makeKeyCopy())
        let (doutputCopy, gradientCopy) = (layout.makeQueryCopy(), layout.makeKeyCopy())
        let dweights = layout.makeScores(.float32)
        let dscores = layout.makeScores(type)
        for b in 0..<batch {
            for head in 0..<headCount {
                let index = b * headCount + head
                let keys = keyCopy.load(key.view(head, headDimension, batch: b, of: k))
                let values = valueCopy.load(value.view(head, headDimension, batch: b, of: v))
                for rows in layout.blocks {
                    let blockWeights = weights.rows(index..<index + 1).block(rows)
                    let doutput = doutputCopy.load(
                        output.view(head, headDimension, batch: b, of: dcontext, rows: rows))
                    let isLater = rows.lowerBound > 0

                    // dV = weights^T dO, with the weights as they were used.
                    if let target = targets[value] {
                        var used = blockWeights
                        if rate > 0 {
                            kernels.attention_dropped(
                                dscores.pointer, used.pointer, Int64(rows.count * layout.stride), rate)
                            used = dscores
                        }
                        gradientCopy.store(
                            in: value.view(head, headDimension, batch: b, of: target.gradient),
                            accumulate: isLater || target.accumulates
                        ) {
                            MatrixProduct.multiply(
                                layout.view(used, rows).transposed, doutput, into: $0, accumulate: $1)
                        }
                    }

                    // dS through the softmax; then dQ = dS K and dK = dS^T Q.
                    MatrixProduct.multiply(doutput, values.transposed, into: layout.view(dweights, rows))
                    kernels.attention_softmax_backward(
                        dscores.pointer, dweights.floats, blockWeights.pointer, Int64(rows.count), Int64(keyTime),
                        Int64(layout.stride), scale, rate)
                    if let target = targets[query] {
                        contextCopy.store(
                            in: query.view(head, headDimension, batch: b, of: target.gradient, rows: rows),
                            accumulate: target.accumulates
                        ) { MatrixProduct.multiply(layout.view(dscores, rows), keys, into: $0, accumulate: $1) }
                    }
                    if let target = targets[key] {
                        let queries = queryCopy.load(query.view(head, headDimension, batch: b, of: q, rows: rows))
                        gradientCopy.store(
                            in: key.view(head, headDimension, batch: b, of: target.gradient),
                            accumulate: isLater || target.accumulates
                        ) {
                            MatrixProduct.multiply(
                                layout.view(dscores, rows).transposed, queries, into: $0, accumulate: $1)
                        }
                    }
                }
            }
        }
        for target in targets.all { tape.accumulate(target.variable, target.gradient) }
    }
}

/// How the scores of one head of one sequence, [queryTime, keyTime], lie in memory: rows padded to whole vectors, in blocks
/// of queries that stay in the cache.
private struct AttentionLayout {
    /// Elements from one row of scores to the next.
    let stride: Int
    let blocks: [Range<Int>]
    private let keyTime: Int
    private let headDimension: Int
    private let type: ElementType
    private let blockRowCount: Int
    /// Whether heads are copied: see `HeadCopy`. Not worth it for few queries, as of short texts.
    private let copiesHeads: Bool
    /// Elements of a block: 512 kB of float32, half of a usual second-level cache.
    private static let blockSize = 131_072
    /// With more keys at once oneDNN is slower: 169 instead of 212 GFLOP/s for 1,500 keys of dimension 64 in float32.
    private static let keysPerProduct = 512

    init(queryTime: Int, keyTime: Int, headDimension: Int, _ type: ElementType) {
        self.keyTime = keyTime
        self.headDimension = headDimension
        self.type = type
        copiesHeads = queryTime >= 32
        let stride = (keyTime + 15) / 16 * 16
        self.stride = stride
        // Blocks of nearly the same size.
        let blockCount = max(1, (queryTime * stride + Self.blockSize - 1) / Self.blockSize)
        let rowCount = max(1, (queryTime + blockCount - 1) / blockCount)
        blockRowCount = rowCount
        blocks = Swift.stride(from: 0, to: queryTime, by: rowCount).map { $0..<min($0 + rowCount, queryTime) }
    }

    /// Memory for the scores of one block.
    func makeScores(_ type: ElementType) -> Tensor { Tensor(uninitialized: [1, blockRowCount, stride], type) }

    /// The scores of a block as an operand, [rows.count, keyTime]; with copied heads the padding belongs to it.
    func view(_ scores: Tensor, _ rows: Range<Int>) -> MatrixView {
        MatrixView(
            scores.pointer, scores.elementType, rows: rows.count, columns: copiesHeads ? stride : keyTime,
            rowStride: stride)
    }

    /// Products of queries and keys, [queries, keys], some keys at a time.
    func multiply(_ queries: MatrixView, _ keys: MatrixView, into scores: MatrixView) {
        for first in Swift.stride(from: 0, to: keys.rowCount, by: Self.keysPerProduct) {
            let range = first..<min(first + Self.keysPerProduct, keys.rowCount)
            MatrixProduct.multiply(
                queries, keys.rows(range).transposed, into: scores.columns(range), independentRows: true)
        }
    }

    /// Adds a number to the scores of keys from `first` on.
    func add(_ value: Float, to scores: Tensor, rowCount: Int, from first: Int) {
        for row in 0..<rowCount {
            let values = scores.floats + row * stride
            for key in min(first, keyTime)..<keyTime { values[key] += value }
        }
    }

    /// Products of attention weights and values, [queries, headDimension], some keys at a time: padding, whose weights are 0,
    /// must not change how a sum is cut.
    func multiply(weights: MatrixView, _ values: MatrixView, into context: MatrixView) {
        for first in Swift.stride(from: 0, to: max(1, values.rowCount), by: MatrixProduct.termsInOneGo) {
            let range = first..<min(first + MatrixProduct.termsInOneGo, values.rowCount)
            MatrixProduct.multiply(
                weights.columns(range), values.rows(range), into: context, accumulate: first > 0,
                independentRows: true)
        }
    }

    /// For the queries of a block, or what has their shape.
    func makeQueryCopy() -> HeadCopy {
        HeadCopy(copiesHeads ? Tensor(uninitialized: [blockRowCount, headDimension], type) : nil, isPadded: false)
    }

    /// For the keys of a sequence, or what has their shape; zeros behind them, one for each column of padding of the scores.
    func makeKeyCopy() -> HeadCopy {
        HeadCopy(copiesHeads ? Tensor(zeros: [stride, headDimension], type) : nil, isPadded: true)
    }
}

/// A dense copy of one head, whose columns lie apart in the projections: products of dense matrices are a fifth faster, more
/// than the copies cost. Without memory the head itself is used.
private struct HeadCopy {
    private let memory: Tensor?
    private let isPadded: Bool

    init(_ memory: Tensor?, isPadded: Bool) {
        self.memory = memory
        self.isPadded = isPadded
    }

    private func view(rowCount: Int) -> MatrixView? {
        memory.map { MatrixView($0.pointer, $0.elementType, rows: rowCount, columns: $0.shape[1]) }
    }

    /// The operand that stands for `head`.
    func load(_ head: MatrixView) -> MatrixView {
        guard let memory, let copy = view(rowCount: head.rowCount) else { return head }
        head.copy(to: copy)
        return isPadded ? MatrixView(memory) : copy
    }

    /// Lets `write` make a product, which takes the place of `head` or is added to what is there: by `write` itself if its
    /// second argument is true.
    func store(in head: MatrixView, accumulate: Bool = false, _ write: (MatrixView, _ accumulate: Bool) -> Void) {
        guard let memory, let copy = view(rowCount: head.rowCount) else { return write(head, accumulate) }
        write(isPadded ? MatrixView(memory) : copy, false)
        copy.copy(to: head, accumulate: accumulate)
    }
}

extension Tensor {
    /// Rows of the middle axis of [1, rows, columns].
    fileprivate func block(_ rows: Range<Int>) -> Tensor { reshaped([shape[1], shape[2]]).rows(rows) }
}

/// Where the gradients of queries, keys and values go: one tensor for each variable that wants a gradient, because
/// projections may share one (queries, keys and values side by side).
private struct GradientTargets {
    struct Target {
        let variable: Variable
        let gradient: Tensor
        /// Whether gradients are added, to zeros: where the inputs are not exactly the variable's columns, each once.
        let accumulates: Bool
    }
    private(set) var all: [Target] = []

    init(of inputs: [AttentionInput], modelDimension: Int) {
        for input in inputs where input.variable.slot != nil && self[input] == nil {
            let value = input.variable.value
            let sharing = inputs.filter { $0.variable.slot == input.variable.slot }
            let isCovered =
                sharing.map(\.offset).sorted() == sharing.indices.map { $0 * modelDimension }
                && value.shape[2] == sharing.count * modelDimension
            let gradient =
                isCovered
                ? Tensor(uninitialized: value.shape, value.elementType) : Tensor(zeros: value.shape, value.elementType)
            all.append(Target(variable: input.variable, gradient: gradient, accumulates: !isCovered))
        }
    }

    /// Where the gradient of one input goes; nil if nobody wants it.
    subscript(input: AttentionInput) -> Target? {
        guard let slot = input.variable.slot else { return nil }
        return all.first { $0.variable.slot == slot }
    }
}
