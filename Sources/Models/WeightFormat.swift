/// How the parameters of a model are stored, whatever it computes with.
public enum WeightFormat: String, Sendable, CaseIterable {
    case float32
    /// Half of float32: every parameter has 8 significant bits.
    case bfloat16
    /// A quarter of float32: matrices in blocks of 8 bits, see `BlockScaledTensor`.
    case int8
    /// As `int8`, but the embedding of tokens, the largest matrix of a small model with many tokens, in blocks of 4 bits: see
    /// `FourBitTensor`.
    case int8FourBitEmbedding = "int8-fp4"
}
