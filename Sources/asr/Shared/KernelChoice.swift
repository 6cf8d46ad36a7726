import ArgumentParser
import Glibc

/// The instructions that a user asks for.
enum KernelChoice: String, ExpressibleByArgument, CaseIterable {
    case plain, avx2, avx512

    /// Makes this program use these instructions and no better ones. To be called before anything is computed.
    func use() {
        setenv("ASR_KERNELS", rawValue, 1)
        let products =
            switch self {
            case .plain: "SSE41"
            case .avx2: "AVX2"
            case .avx512: "AVX512_CORE"
            }
        setenv("ONEDNN_MAX_CPU_ISA", products, 1)
    }
}
