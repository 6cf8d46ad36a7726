import CKernels
import Glibc

/// The elementwise kernels of the instruction set in use: the best that the processor has, or the one that the
/// environment variable `ASR_KERNELS` names (`plain`, `avx2`, `avx512`).
public enum Kernels {
    /// The table in use.
    public nonisolated(unsafe) static let table: kernel_table = {
        guard let table = kernel_table_in_use() else {
            let name = getenv("ASR_KERNELS").map { String(cString: $0) } ?? ""
            let message = "ASR_KERNELS=\(name): not on this processor; use plain, avx2 or avx512\n"
            message.withCString { _ = write(STDERR_FILENO, $0, strlen($0)) }
            exit(64)
        }
        return table.pointee
    }()

    /// "plain", "avx2" or "avx512".
    public static var name: String { String(cString: table.name) }
}

extension ElementType {
    /// The kernels for activations of this type.
    public var kernels: element_kernels { self == .float32 ? Kernels.table.float32 : Kernels.table.bfloat16 }
}
