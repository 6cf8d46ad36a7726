import Tensors

/// What a loss says about one micro-batch: sums, so that they can be added and divided once.
public struct LossSums: Sendable, Equatable {
    /// Sum of the loss, in nats.
    public var loss: Double = 0
    /// What was predicted: tokens for cross-entropy, utterances for CTC.
    public var count: Int = 0
    /// Tokens whose most probable class was the right one.
    public var correct: Int = 0
    /// Utterances that CTC cannot align (longer text than frames); they do not count.
    public var impossible: Int = 0

    public init() {}

    public static func += (left: inout LossSums, right: LossSums) {
        left.loss += right.loss
        left.count += right.count
        left.correct += right.correct
        left.impossible += right.impossible
    }
}

extension Variable {
    /// Label-smoothed cross-entropy of logits against target tokens (Szegedy et al. 2016, section 7):
    /// (1 - smoothing) * -log p(target) + smoothing * mean over classes of -log p(class).
    ///
    /// A loss is where the backward pass starts: its gradient, times `weight`, is put in place at once.
    ///
    /// - Parameters:
    ///   - targets: one token a row, -1 where there is none (padding)
    ///   - weight: the factor of this loss in the whole, for example 1 / tokens of the batch
    /// - Returns: sums over the rows that have a target.
    public func crossEntropy(targets: [Int32], smoothing: Float, weight: Float) -> LossSums {
        let logits = value
        let (rows, classes) = (logits.rowCount, logits.columnCount)
        precondition(
            targets.count == rows && targets.allSatisfy { $0 < Int32(classes) },
            "crossEntropy: logits \(logits.shape), \(targets.count) targets, largest \(targets.max() ?? 0)")
        let dlogits = slot == nil ? nil : Tensor(uninitialized: logits.shape)
        var correct: Int64 = 0
        var sums = LossSums()
        sums.loss = Kernels.table.cross_entropy(
            dlogits?.floats, logits.floats, targets, Int64(rows), Int64(classes), smoothing, weight, &correct)
        sums.count = targets.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
        sums.correct = Int(correct)
        if let dlogits { tape.accumulate(self, dlogits) }
        return sums
    }
}
