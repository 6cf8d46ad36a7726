import Tensors

/// The type of activations and products: what a user chooses.
public enum ComputationPrecision: String, Codable, Sendable, CaseIterable {
    case float32
    /// Half the memory and, where the processor multiplies it natively, about twice the speed. Parameters, optimiser,
    /// normalisation and losses stay float32.
    case bfloat16

    /// The element type of activations.
    public var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
}
