import Tensors

extension Variable {
    /// The Gaussian error linear unit, x/2 (1 + erf(x / sqrt 2)), element by element, with dropout behind it; Hendrycks and
    /// Gimpel 2016.
    public func gelu(dropoutRate: Float = 0) -> Variable {
        activated(dropoutRate, value.elementType.kernels.gelu, value.elementType.kernels.gelu_backward)
    }

    /// The sigmoid-weighted linear unit, x / (1 + e^-x), element by element, with dropout behind it; Ramachandran et al.
    /// 2017.
    public func swish(dropoutRate: Float = 0) -> Variable {
        activated(dropoutRate, value.elementType.kernels.swish, value.elementType.kernels.swish_backward)
    }

    private typealias Kernel = (
        UnsafeMutableRawPointer?, UnsafeRawPointer?, Int64, _ key: UInt64, _ rate: Float
    ) -> Void
    private typealias BackwardKernel = (
        UnsafeMutableRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?, Int64, _ key: UInt64, _ rate: Float
    ) -> Void

    private func activated(_ dropoutRate: Float, _ kernel: Kernel, _ backwardKernel: @escaping BackwardKernel)
        -> Variable
    {
        let (key, rate) = tape.dropout(rate: dropoutRate)
        let x = value
        let y = Tensor(uninitialized: x.shape, x.elementType)
        SharedWork.forEachPiece(count: x.count, size: rate == 0 ? SharedWork.elementsPerPiece : x.count) { range in
            kernel(y.pointer(at: range.lowerBound), x.pointer(at: range.lowerBound), Int64(range.count), key, rate)
        }
        return tape.record(y, of: [self]) { [tape] dy in
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            backwardKernel(dx.pointer, dy.pointer, x.pointer, Int64(x.count), key, rate)
            tape.accumulate(self, dx)
        }
    }

    /// The gated linear unit: the first half of every row times the sigmoid of the second; Dauphin et al. 2017.
    ///
    /// - Returns: [..., feature] for this of [..., 2 * feature].
    public func gatedLinearUnit() -> Variable {
        let x = value
        precondition(x.columnCount % 2 == 0, "gatedLinearUnit: \(x.shape) has no two halves")
        let columns = x.columnCount / 2
        let y = Tensor(uninitialized: x.shape.dropLast() + [columns], x.elementType)
        x.elementType.kernels.gated_linear(y.pointer, x.pointer, Int64(x.rowCount), Int64(columns))
        return tape.record(y, of: [self]) { [tape] dy in
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.gated_linear_backward(
                dx.pointer, dy.pointer, x.pointer, Int64(x.rowCount), Int64(columns))
            tape.accumulate(self, dx)
        }
    }
}
