import Tensors

extension Variable {
    /// The same elements under another shape of the same size.
    public func reshaped(_ shape: [Int]) -> Variable {
        let original = value.shape
        return tape.record(value.reshaped(shape), of: [self]) { [tape] gradient in
            tape.accumulate(self, gradient.reshaped(original))
        }
    }
}
