import CKernels

/// The kinds of block in which ggml stores quantised numbers: 32 numbers of a row that share a scale.
public enum BlockKind: String, Sendable, CaseIterable {
    /// The raw value is ggml's name.
    case fourBits = "q4_0"
    case fourBitsWithOffset = "q4_1"
    case fiveBits = "q5_0"
    case fiveBitsWithOffset = "q5_1"
    case eightBits = "q8_0"

    /// Numbers of a block.
    static let size = 32

    /// How the C kernels call it.
    var code: block_kind {
        switch self {
        case .fourBits: block_q4_0
        case .fourBitsWithOffset: block_q4_1
        case .fiveBits: block_q5_0
        case .fiveBitsWithOffset: block_q5_1
        case .eightBits: block_q8_0
        }
    }

    /// Bytes of a block.
    var byteCount: Int { Int(kernel_block_byte_count(code)) }
}
