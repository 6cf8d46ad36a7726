import Tensors

extension Variable {
    /// Normalises every row to mean 0 and variance 1, then scales and shifts it; Ba et al. 2016.
    ///
    /// The variance is the mean square deviation, plus `epsilon` under the root, so a constant row gives `shift`.
    ///
    /// - Parameters:
    ///   - scale, shift: [feature]
    ///   - outputType: the type of the result; the tape's precision if nil
    /// - Returns: [..., feature] for this of [..., feature], which is float32.
    public func layerNorm(scale: Parameter, shift: Parameter, epsilon: Float = 1e-5, outputType: ElementType? = nil)
        -> Variable
    {
        let x = value
        let (rows, columns) = (Int64(x.rowCount), Int64(x.columnCount))
        precondition(scale.shape == [x.columnCount], "layerNorm: input \(x.shape), \(scale.name) \(scale.shape)")
        let y = Tensor(uninitialized: x.shape, outputType ?? tape.precision)
        let statistics = Tensor(uninitialized: [2, x.rowCount])
        let mean = statistics.floats
        let inverseDeviation = mean + x.rowCount
        let kernels = y.elementType.kernels
        let rowsPerPiece = max(1, SharedWork.elementsPerPiece / max(1, x.columnCount))
        SharedWork.forEachPiece(count: x.rowCount, size: rowsPerPiece) { range in
            let first = range.lowerBound * x.columnCount
            kernels.layer_norm(
                y.pointer(at: first), mean + range.lowerBound, inverseDeviation + range.lowerBound, x.floats + first,
                scale.value.floats, shift.value.floats, Int64(range.count), columns, epsilon)
        }
        return tape.record(y, of: [self], [scale, shift]) { [tape] dy in
            guard let gradients = tape.gradients else { return }
            let statistics = statistics  // keeps the memory of mean and inverseDeviation
            let write = { (dx: Tensor, accumulate: Bool) in
                dy.elementType.kernels.layer_norm_backward(
                    dx.floats, gradients.gradient(of: scale).floats, gradients.gradient(of: shift).floats, dy.pointer,
                    x.floats, statistics.floats, statistics.floats + x.rowCount, scale.value.floats, rows, columns,
                    accumulate)
            }
            // Scale and shift learn even where nobody wants the gradient of x.
            if self.slot == nil { write(Tensor(uninitialized: x.shape), false) } else { tape.accumulate(self, write) }
        }
    }
}
