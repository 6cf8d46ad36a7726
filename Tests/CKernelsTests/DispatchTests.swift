import CKernels
import Testing

@Suite struct DispatchTests {
    private static func has(_ name: String) -> Bool { kernel_table_named(name) != nil }

    @Test func thePlainPathIsEverywhere() {
        #expect(KernelPath.available.contains { $0.name == "plain" })
    }

    // The other tests of this target run every path that the processor has; these two say which.
    @Test(.enabled(if: has("avx2"), "this processor has no AVX2: its kernels are not tested")) func avx2IsTested() {
        #expect(KernelPath.available.contains { $0.name == "avx2" })
    }

    @Test(.enabled(if: has("avx512"), "this processor has no AVX-512: its kernels are not tested"))
    func avx512IsTested() {
        #expect(KernelPath.available.contains { $0.name == "avx512" })
    }

    @Test(arguments: KernelPath.available) func tablesHaveTheirNames(path: KernelPath) {
        #expect(String(cString: path.table.name) == path.name)
    }

    @Test func theBestIsTheWidest() {
        #expect(String(cString: kernel_table_best().pointee.name) == KernelPath.available.last?.name)
    }

    @Test func unknownNamesHaveNoTable() {
        #expect(kernel_table_named("AVX2") == nil)
        #expect(kernel_table_named("") == nil)
    }
}
