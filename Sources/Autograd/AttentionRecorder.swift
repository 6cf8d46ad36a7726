import Tensors

/// Keeps the weights of the cross-attentions that a tape computes, in the order in which they run: for pictures of what a
/// decoder attends to.
///
/// It is given to a `Tape` without dropout, and belongs to the tape's thread. Without one no weights are kept for it.
public final class AttentionRecorder {
    /// The weights of each cross-attention: [batch, head, queryTime, keyTime], float32.
    public private(set) var weights: [Tensor] = []

    public init() {}

    /// - Parameter weights: [batch, head, queryTime, keyTime or more], of which the first `keyTime` columns count.
    func append(_ weights: Tensor, keyTime: Int) {
        let columns = weights.columnCount
        let values = weights.values
        let kept = (0..<weights.rowCount).flatMap { values[$0 * columns..<$0 * columns + keyTime] }
        self.weights.append(Tensor(kept, shape: weights.shape.dropLast() + [keyTime]))
    }
}
