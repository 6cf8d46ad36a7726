import Tensors

extension Variable {
    /// y = x W^T + b, or dropout(max(0, x W^T + b)).
    ///
    /// - Parameters:
    ///   - weight: [output, input]
    ///   - bias: [output]
    ///   - relu: apply the rectifier
    ///   - dropoutRate: of the dropout behind the rectifier
    ///   - outputType: the type of y; the tape's precision if nil
    /// - Returns: [..., output] for x of [..., input].
    public func linear(
        _ weight: Parameter, bias: Parameter?, relu: Bool = false, dropoutRate: Float = 0,
        outputType: ElementType? = nil
    )
        -> Variable
    {
        precondition(
            (relu || dropoutRate == 0) && weight.shape.count == 2 && value.columnCount == weight.shape[1],
            "linear: input \(value.shape), weight \(weight.name) \(weight.shape)")
        let x = value.converted(to: tape.precision)
        let y = Tensor(uninitialized: value.shape.dropLast() + [weight.shape[0]], outputType ?? tape.precision)
        if tape.multipliesIntegers, y.elementType == .float32, let blocks = weight.blocks {
            blocks.multiply(x, bias: bias.map { UnsafePointer($0.value.floats) }, into: y, relu: relu)
            return tape.variable(y)
        }
        if tape.gradients == nil, tape.precision == .float32, y.elementType == .float32, dropoutRate == 0,
            x.rowCount <= PackedMatrix.mostRows, let packed = weight.packed
        {
            packed.multiply(x, bias: bias.map { UnsafePointer($0.value.floats) }, into: y, relu: relu)
            return tape.variable(y)
        }
        let w = weight.operand(as: tape.precision)
        MatrixProduct.multiply(
            MatrixView(x), MatrixView(w).transposed, bias: bias.map { UnsafePointer($0.value.floats) },
            into: MatrixView(y), relu: relu, independentRows: true)
        let (dropoutKey, rate) = tape.dropout(rate: dropoutRate)
        if rate > 0 { y.elementType.kernels.dropout(y.pointer, y.pointer, Int64(y.count), dropoutKey, 0, rate) }

        // dx = dy W, dW = dy^T x, db = column sums of dy; behind rectifier and dropout dy counts where y > 0.
        return tape.record(y, of: [self], [weight, bias].compactMap(\.self)) { [tape] gradient in
            var dy = gradient
            if relu {
                dy = Tensor(uninitialized: gradient.shape, gradient.elementType)
                dy.elementType.kernels.relu_backward(
                    dy.pointer, gradient.pointer, y.pointer, Int64(dy.count), 1 / (1 - rate))
            }
            dy = dy.converted(to: tape.precision)
            guard let gradients = tape.gradients else { return }
            if !gradients.isFrozen(weight) {
                gradients.accumulate(weight) { dw, accumulate in
                    MatrixProduct.multiply(
                        MatrixView(dy).transposed, MatrixView(x), into: MatrixView(dw), accumulate: accumulate)
                }
            }
            if let bias {
                dy.elementType.kernels.column_sums(
                    gradients.gradient(of: bias).floats, dy.pointer, Int64(dy.rowCount), Int64(dy.columnCount))
            }
            tape.accumulate(self) { dx, accumulate in
                MatrixProduct.multiply(MatrixView(dy), MatrixView(w), into: MatrixView(dx), accumulate: accumulate)
            }
        }
    }
}
