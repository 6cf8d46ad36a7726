import ArgumentParser
import MessagePassing
import Tensors

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
        let available = ProcessorCount.available
        let sharing = available >= ProcessorCount.all ? Launcher.current?.localRankCount ?? 1 : 1
        return max(1, available / sharing)
    }

    func validate() throws {
        guard (0...1_024).contains(threads) else { throw ValidationError("--threads must be from 0 to 1024.") }
    }
}
