import CKernels
import FoundationEssentials
import Testing

@Suite struct DispatchTests {
    @Test func thePlainPathIsEverywhere() {
        #expect(KernelPath.available.contains { $0.name == "plain" })
    }

    // The instruction sets that x86-64-v3 and v4 ask for, by name in /proc/cpuinfo.
    @Test(.enabled(if: FileManager.default.isReadableFile(atPath: "/proc/cpuinfo"), "there is no /proc/cpuinfo"))
    func thePathsAreThoseOfTheProcessor() throws {
        let text = String(decoding: try #require(FileManager.default.contents(atPath: "/proc/cpuinfo")), as: UTF8.self)
        let flags = Set(
            text.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ").map(String.init) ?? [])
        let avx2 = flags.isSuperset(of: ["avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"])
        let avx512 =
            avx2 && flags.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"])
        #expect(KernelPath.available.map(\.name) == ["plain"] + (avx2 ? ["avx2"] : []) + (avx512 ? ["avx512"] : []))
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
