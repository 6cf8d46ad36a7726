import CKernels
import Tensors

extension Variable {
    /// Logarithms of the softmax of every row, float32.
    public func logSoftmax() -> Variable {
        let x = value
        let (rows, columns) = (Int64(x.rowCount), Int64(x.columnCount))
        let y = Tensor(uninitialized: x.shape)
        let rowsPerPiece = max(1, SharedWork.elementsPerPiece / max(1, x.columnCount))
        SharedWork.forEachPiece(count: x.rowCount, size: rowsPerPiece) { piece in
            let first = piece.lowerBound * x.columnCount
            Kernels.table.log_softmax(y.floats + first, x.floats + first, Int64(piece.count), columns)
        }
        return tape.record(y, of: [self]) { [tape] dy in
            let dx = Tensor(uninitialized: y.shape)
            Kernels.table.log_softmax_backward(dx.floats, dy.floats, y.floats, rows, columns)
            tape.accumulate(self, dx)
        }
    }

    /// Connectionist temporal classification: -log of the probability that the frames, read with repetitions joined and
    /// blanks dropped, spell the labels; Graves et al. 2006.
    ///
    /// This is the log softmax of the frames, [batch, time, classes]. An utterance whose labels do not fit its frames
    /// has no gradient and is counted as impossible. Like every loss it puts its gradient, times `weight`, in place.
    ///
    /// - Parameters:
    ///   - labels: the labels of each utterance, without blanks
    ///   - lengths: the frames of each utterance
    public func ctcLoss(labels: [[Int32]], lengths: [Int], blank: Int, weight: Float) -> LossSums {
        let logProbabilities = value
        let (batch, time, classes) = (value.shape[0], value.shape[1], value.shape[2])
        precondition(
            labels.count == batch && lengths.count == batch && lengths.allSatisfy { $0 <= time }
                && labels.allSatisfy { $0.allSatisfy { $0 >= 0 && Int($0) < classes } },
            "ctcLoss: log probabilities \(value.shape), \(labels.count) label sequences, lengths \(lengths)")
        let gradient = slot == nil ? nil : Tensor(zeros: value.shape)
        var sums = LossSums()
        for b in 0..<batch {
            let work = Tensor(
                uninitialized: [Int(kernel_ctc_work_size(Int64(lengths[b]), Int64(labels[b].count)))])
            let offset = b * time * classes
            let loss = Kernels.table.ctc(
                gradient.map { $0.floats + offset }, logProbabilities.floats + offset, labels[b],
                Int64(labels[b].count), Int64(lengths[b]), Int64(classes), Int32(blank), weight, work.floats)
            if loss == .infinity {
                sums.impossible += 1
            } else {
                sums.loss += loss
                sums.count += 1
            }
        }
        if let gradient { tape.accumulate(self, gradient) }
        return sums
    }
}
