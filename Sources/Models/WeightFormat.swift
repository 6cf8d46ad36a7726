/// How the parameters of a model are stored, whatever it computes with.
public enum WeightFormat: String, Sendable, CaseIterable {
    case float32
    /// Half of float32: every parameter has 8 significant bits.
    case bfloat16
    /// A quarter of float32: matrices in blocks of 8 bits, see `BlockScaledTensor`.
    case int8
}
