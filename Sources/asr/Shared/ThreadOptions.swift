import ArgumentParser
import Glibc

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Threads to use; 0: one for each processor. Results do not depend on it.", valueName: "n"))
    var threads = 0

    /// The number of threads.
    var count: Int { threads > 0 ? threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    func validate() throws {
        guard threads >= 0 else { throw ValidationError("--threads must not be negative.") }
    }
}
