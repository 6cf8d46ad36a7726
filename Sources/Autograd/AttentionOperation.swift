import Tensors

/// Which keys a query may attend to.
public struct AttentionMask: Sendable {
    /// The number of keys that exist in each sequence of the batch; nil: all.
    public var keyCounts: [Int]?
    /// Query i may see keys 0...(i + offset) only; nil: all.
    public var causalOffset: Int?

    /// Every query sees every key.
    public static let none = AttentionMask()

    /// A position sees itself and earlier ones. `offset` positions came before the first query.
    public static func causal(offset: Int = 0) -> AttentionMask { AttentionMask(causalOffset: offset) }

    /// Sequence b of the batch has `lengths[b]` keys; what follows is padding.
    public static func padding(lengths: [Int]) -> AttentionMask { AttentionMask(keyCounts: lengths) }

    public init(keyCounts: [Int]? = nil, causalOffset: Int? = nil) {
        self.keyCounts = keyCounts
        self.causalOffset = causalOffset
    }
}

/// Rows of a projection that hold queries, keys or values: columns `offset ..< offset + modelDimension` of a variable.
public struct AttentionInput {
    let variable: Variable
    let offset: Int
    let rowCount: Int

    /// - Parameters:
    ///   - variable: [batch, time, columns]
    ///   - offset: the first of the columns
    ///   - rowCount: how many of the `time` rows are used; nil: all
    public init(_ variable: Variable, offset: Int = 0, rowCount: Int? = nil) {
        self.variable = variable
        self.offset = offset
        self.rowCount = rowCount ?? variable.value.shape[1]
    }

    /// Whether the variable has these rows and columns.
    fileprivate func fits(_ modelDimension: Int) -> Bool {
        rowCount <= variable.value.shape[1] && offset + modelDimension <= variable.value.shape[2]
    }

    /// Head `head` of all sequences: [batch][time, headDimension].
    fileprivate func view(_ head: Int, _ headDimension: Int, batch: Int, of tensor: Tensor) -> MatrixView {
        let (time, columns) = (tensor.shape[1], tensor.shape[2])
        let element = batch * time * columns + offset + head * headDimension
        return MatrixView(
            tensor.pointer + element * tensor.elementType.byteCount, tensor.elementType, rows: rowCount,
            columns: headDimension, rowStride: columns, batchStride: time * columns)
    }
}

/// Multi-head scaled dot-product attention: softmax(Q K^T / sqrt(headDimension)) V for each head; Vaswani et al. 2017,
/// section 3.2.
///
/// Heads are columns of the projections, read in place. One head of one sequence is worked on at a time, so that its
/// scores stay in the cache. A query that may see no key gets zeros.
///
/// - Parameters:
///   - query: [batch, queryTime, ...]
///   - key, value: [batch, keyTime, ...]
///   - dropoutRate: dropout of the attention weights
/// - Returns: [batch, queryTime, modelDimension].
public func attention(
    query: AttentionInput, key: AttentionInput, value: AttentionInput, modelDimension: Int, headCount: Int,
    mask: AttentionMask, dropoutRate: Float = 0
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
    let isRecording = tape.gradients != nil

    // Scores, weights and context of one (sequence, head) after the other.
    let context = Tensor(uninitialized: [batch, queryTime, modelDimension], type)
    let output = AttentionInput(tape.variable(context))
    let size = queryTime * keyTime
    let scores = Tensor(uninitialized: [queryTime, keyTime])
    let weights = Tensor(uninitialized: [isRecording ? batch * headCount : 1, queryTime, keyTime], type)
    let dropped = rate == 0 ? nil : Tensor(uninitialized: [queryTime, keyTime], type)
    for b in 0..<batch {
        for head in 0..<headCount {
            let index = b * headCount + head
            let headWeights = weights.rows(isRecording ? index..<index + 1 : 0..<1)
            MatrixProduct.multiply(
                query.view(head, headDimension, batch: b, of: q),
                key.view(head, headDimension, batch: b, of: k).transposed, into: MatrixView(scores))
            kernels.attention_softmax(
                headWeights.pointer, dropped?.pointer, scores.floats, Int64(queryTime), Int64(keyTime), scale,
                Int64(mask.keyCounts?[b] ?? keyTime), Int64(mask.causalOffset ?? -1), dropoutKey, UInt64(index * size),
                rate)
            MatrixProduct.multiply(
                MatrixView(dropped ?? headWeights.reshaped([queryTime, keyTime])), value.view(head, headDimension, batch: b, of: v),
                into: output.view(head, headDimension, batch: b, of: context))
        }
    }

    return tape.record(context) { [tape] dcontext in
        let targets = GradientTargets(of: [query, key, value], modelDimension: modelDimension)
        let dweights = Tensor(uninitialized: [queryTime, keyTime])
        let dscores = Tensor(uninitialized: [queryTime, keyTime], type)
        for b in 0..<batch {
            for head in 0..<headCount {
                let index = b * headCount + head
                let headWeights = weights.rows(index..<index + 1).reshaped([queryTime, keyTime])
                let doutput = output.view(head, headDimension, batch: b, of: dcontext)
                let values = value.view(head, headDimension, batch: b, of: v)

                // dV = weights^T dO, with the weights as they were used.
                if let target = targets[value] {
                    var used = headWeights
                    if rate > 0 {
                        kernels.attention_dropped(dscores.pointer, used.pointer, Int64(size), rate)
                        used = dscores
                    }
                    MatrixProduct.multiply(
                        MatrixView(used).transposed, doutput,
                        into: value.view(head, headDimension, batch: b, of: target.gradient),
                        accumulate: target.accumulates)
                }

                // dS through the softmax; then dQ = dS K and dK = dS^T Q.
                MatrixProduct.multiply(doutput, values.transposed, into: MatrixView(dweights))
                kernels.attention_softmax_backward(
                    dscores.pointer, dweights.floats, headWeights.pointer, Int64(queryTime), Int64(keyTime), scale,
                    rate)
                if let target = targets[query] {
                    MatrixProduct.multiply(
                        MatrixView(dscores), key.view(head, headDimension, batch: b, of: k),
                        into: query.view(head, headDimension, batch: b, of: target.gradient),
                        accumulate: target.accumulates)
                }
                if let target = targets[key] {
                    MatrixProduct.multiply(
                        MatrixView(dscores).transposed, query.view(head, headDimension, batch: b, of: q),
                        into: key.view(head, headDimension, batch: b, of: target.gradient),
                        accumulate: target.accumulates)
                }
            }
        }
        for target in targets.all { tape.accumulate(target.variable, target.gradient) }
    }
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
                sharing.allSatisfy { $0.rowCount == value.shape[1] }
                && sharing.map(\.offset).sorted() == sharing.indices.map { $0 * modelDimension }
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
