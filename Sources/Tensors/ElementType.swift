import COneDNN

/// How the elements of a tensor are stored. Arithmetic is float32 whatever the storage.
public enum ElementType: UInt8, Sendable {
    case float32
    /// The upper half of a float32: 8 bits of exponent, 7 of fraction.
    case bfloat16

    /// Bytes of one element.
    public var byteCount: Int { self == .float32 ? 4 : 2 }

    /// Whether this processor multiplies matrices of this type natively.
    public var isSupported: Bool { self == .float32 || matrix_product_has_bfloat16() }
}
