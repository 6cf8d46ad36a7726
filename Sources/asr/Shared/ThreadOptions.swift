import ArgumentParser
import Glibc

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Threads to use; 0 is one for each processor. Results do not depend on it.", valueName: "n"))
    var threads = 0

    /// The number of threads.
    var count: Int { threads > 0 ? threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    func validate() throws {
        guard (0...1_024).contains(threads) else { throw ValidationError("--threads must be from 0 to 1024.") }
    }
}
