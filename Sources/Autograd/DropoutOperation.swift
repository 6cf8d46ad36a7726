import Tensors

extension Variable {
    /// Zeroes elements with probability `rate` and divides the others by 1 - rate; Srivastava et al. 2014.
    ///
    /// Nothing happens where the tape has dropout switched off. Which elements are dropped depends on the tape's key and
    /// on the number of dropouts before this one, so the backward pass draws them again instead of keeping them.
    public func dropout(rate: Float) -> Variable {
        let (key, rate) = tape.dropout(rate: rate)
        guard rate > 0 else { return self }
        let x = value
        let y = Tensor(uninitialized: x.shape, x.elementType)
        x.elementType.kernels.dropout(y.pointer, x.pointer, Int64(x.count), key, 0, rate)
        return tape.record(y, of: [self]) { [tape] dy in
            let dx = Tensor(uninitialized: dy.shape, dy.elementType)
            dy.elementType.kernels.dropout(dx.pointer, dy.pointer, Int64(dy.count), key, 0, rate)
            tape.accumulate(self, dx)
        }
    }

    /// The residual connection: this + scale * dropout(branch). The stream (this, and the sum) is float32.
    public func adding(_ branch: Variable, scale: Float = 1, dropoutRate: Float = 0) -> Variable {
        precondition(value.shape == branch.value.shape, "adding: \(value.shape) + \(branch.value.shape)")
        let (key, rate) = tape.dropout(rate: dropoutRate)
        let sum = Tensor(uninitialized: value.shape)
        let y = branch.value
        let kernels = y.elementType.kernels
        SharedWork.forEachPiece(count: y.count, size: rate == 0 ? SharedWork.elementsPerPiece : y.count) { range in
            kernels.dropout_add(
                sum.floats + range.lowerBound, value.floats + range.lowerBound, y.pointer(at: range.lowerBound),
                Int64(range.count), scale, key, rate)
        }
        return tape.record(sum, of: [self, branch]) { [tape] dsum in
            let dy = Tensor(uninitialized: y.shape, y.elementType)
            y.elementType.kernels.dropout_add_backward(dy.pointer, dsum.floats, Int64(y.count), scale, key, rate)
            tape.accumulate(branch, dy)
            tape.accumulate(self, dsum)
        }
    }

    /// scale * this + positions, the same positions for every sequence of the batch; the start of a residual stream.
    ///
    /// - Parameter positions: of [time, feature]
    /// - Returns: [batch, time, feature], float32, for this of [batch, time, feature].
    public func addingPositions(_ positions: PositionTerm, scale: Float = 1) -> Variable {
        let shape = value.shape
        precondition(
            shape.count == 3 && positions.values.shape == [shape[1], shape[2]],
            "addingPositions: \(shape) + \(positions.values.shape)")
        let x = value
        let sum = Tensor(uninitialized: shape)
        let size = positions.values.count
        for b in 0..<shape[0] {
            x.elementType.kernels.dropout_add(
                sum.floats + b * size, positions.values.floats, x.rows(b..<b + 1).pointer, Int64(size), scale, 0, 0)
        }
        return tape.record(sum, of: [self], positions.parameters) { [tape] dsum in
            positions.backward(dsum, to: tape.gradients)
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.dropout_add_backward(dx.pointer, dsum.floats, Int64(x.count), scale, 0, 0)
            tape.accumulate(self, dx)
        }
    }
}
