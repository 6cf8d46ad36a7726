import Tensors

extension Variable {
    /// The same values stored as `type`; this itself where it is that already.
    public func converted(to type: ElementType) -> Variable {
        if value.elementType == type { return self }
        let original = value.elementType
        return tape.record(value.converted(to: type), of: [self]) { [tape] gradient in
            tape.accumulate(self, gradient.converted(to: original))
        }
    }
}
