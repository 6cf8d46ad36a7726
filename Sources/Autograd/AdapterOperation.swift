import Tensors

extension Variable {
    /// base + (x A^T) B^T, where this is x: what a low-rank adapter adds to a linear map; Hu et al. 2021, equation 3.
    ///
    /// - Parameters:
    ///   - down: A, [rank, input]
    ///   - up: B, [output, rank]
    ///   - base: [..., output], of the same rows
    /// - Returns: as `base`.
    public func adapted(down: Parameter, up: Parameter, base: Variable) -> Variable {
        let rank = down.shape[0]
        precondition(
            down.shape == [rank, value.columnCount] && up.shape == [base.value.columnCount, rank]
                && base.value.rowCount == value.rowCount,
            "adapted: input \(value.shape), \(down.name) \(down.shape), \(up.name) \(up.shape), base \(base.value.shape)"
        )
        let type = tape.precision
        let x = value.converted(to: type)
        let (a, b) = (down.value(as: type), up.value(as: type))
        let inner = Tensor(uninitialized: value.shape.dropLast() + [rank], type)  // [..., rank]
        MatrixProduct.multiply(
            MatrixView(x), MatrixView(a).transposed, into: MatrixView(inner), independentRows: true)
        let y = Tensor(uninitialized: base.value.shape, base.value.elementType)
        y.pointer.copyMemory(from: base.value.pointer, byteCount: y.count * y.elementType.byteCount)
        MatrixProduct.multiply(
            MatrixView(inner), MatrixView(b).transposed, into: MatrixView(y), accumulate: true, independentRows: true)

        // dB = dy^T (x A^T); with d = dy B: dA = d^T x, dx = d A.
        return tape.record(y, of: [self, base], [down, up]) { [tape] gradient in
            guard let gradients = tape.gradients else { return }
            let dy = gradient.converted(to: type)
            if !gradients.isFrozen(up) {
                gradients.accumulate(up) {
                    MatrixProduct.multiply(
                        MatrixView(dy).transposed, MatrixView(inner), into: MatrixView($0), accumulate: $1)
                }
            }
            let dinner = Tensor(uninitialized: inner.shape, type)
            MatrixProduct.multiply(MatrixView(dy), MatrixView(b), into: MatrixView(dinner))
            if !gradients.isFrozen(down) {
                gradients.accumulate(down) {
                    MatrixProduct.multiply(
                        MatrixView(dinner).transposed, MatrixView(x), into: MatrixView($0), accumulate: $1)
                }
            }
            tape.accumulate(self) {
                MatrixProduct.multiply(MatrixView(dinner), MatrixView(a), into: MatrixView($0), accumulate: $1)
            }
            tape.accumulate(base, gradient)
        }
    }
}
