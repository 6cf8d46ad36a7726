import ArgumentParser
import FoundationEssentials
import Glibc
import MessagePassing

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Threads to use; 0 is one for each processor that this process may use. Results do not depend on it.",
            valueName: "n"))
    var threads = 0

    /// The number of threads.
    var count: Int { threads > 0 ? threads : Self.processorCount }

    /// The processors that this process may use. Where several processes on this machine may use all of them, they share them out.
    private static var processorCount: Int {
        let all = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let allowed = allowedProcessorCount() ?? all
        let sharing = allowed >= all ? Launcher.current?.localRankCount ?? 1 : 1
        return max(1, min(allowed, all) / sharing)
    }

    /// The bits of the processors that the system lets this process run on; nil where it does not tell.
    private static func allowedProcessorCount() -> Int? {
        guard let status = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
        let key = "Cpus_allowed:"
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.utf8.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    }

    func validate() throws {
        guard (0...1_024).contains(threads) else { throw ValidationError("--threads must be from 0 to 1024.") }
    }
}
