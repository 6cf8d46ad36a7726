import Tensors

extension Variable {
    /// The Gaussian error linear unit, x/2 (1 + erf(x / sqrt 2)), element by element; Hendrycks and Gimpel 2016.
    public func gelu() -> Variable {
        let x = value
        let y = Tensor(uninitialized: x.shape, x.elementType)
        x.elementType.kernels.gelu(y.pointer, x.pointer, Int64(x.count))
        return tape.record(y) { [tape] dy in
            let dx = Tensor(uninitialized: x.shape, x.elementType)
            x.elementType.kernels.gelu_backward(dx.pointer, dy.pointer, x.pointer, Int64(x.count))
            tape.accumulate(self, dx)
        }
    }
}
