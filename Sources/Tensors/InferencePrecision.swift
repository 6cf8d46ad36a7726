/// The type of activations and products of a model in use.
public enum InferencePrecision: String, Sendable, Equatable, CaseIterable {
    case float32
    /// Half the memory and, where the processor multiplies it natively, about twice the speed.
    case bfloat16
    /// Linear maps multiply whole numbers of 8 bits (`BlockMatrix`), the rest is float32: a quarter of the memory for weights.
    case int8

    /// Of activations, and of products that are not of whole numbers.
    public var elementType: ElementType { self == .bfloat16 ? .bfloat16 : .float32 }

    /// With activations and products of this type.
    public init(_ elementType: ElementType) {
        self = elementType == .float32 ? .float32 : .bfloat16
    }
}
