import CKernels
import Glibc
import Tensors
import Testing

@Suite struct KernelsTests {
    @Test func theTableInUse() {
        let asked = getenv("ASR_KERNELS").map { String(cString: $0) } ?? ""
        #expect(Kernels.name == (asked.isEmpty ? String(cString: kernel_table_best().pointee.name) : asked))
    }

    // 1 + 2^-9 is half-way to nothing that bfloat16 has: it keeps 7 bits of fraction.
    @Test func eachTypeHasItsOwn() {
        var bits: UInt16 = 0
        ElementType.bfloat16.kernels.from_float(&bits, [1 + 0x1p-9], 1)
        #expect(bits == 0x3f80)
        var value: Float = 0
        ElementType.float32.kernels.from_float(&value, [1 + 0x1p-9], 1)
        #expect(value == 1 + 0x1p-9)
    }
}
