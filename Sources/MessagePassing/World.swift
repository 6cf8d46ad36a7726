import CMPI
import Glibc

/// All processes that one call of mpirun or srun has started.
public enum World {
    /// Joins the other processes, where there are any. To be called once, by the thread that makes all calls of the communicator.
    ///
    /// - Throws: `MessagePassingError` where several processes were started but cannot find each other.
    public static func join() throws(MessagePassingError) -> any Communicator {
        guard let launcher = Launcher.current else { return SingleProcess() }
        let table = try library(launcher)
        let code = table.pointee.initialize()
        guard code == 0 else {
            throw MessagePassingError("MPI cannot be initialised (error \(code) of \(name(table)))")
        }
        // Before the process ends, however it does: mpirun takes one that has not said good-bye for one that crashed.
        finalize = table.pointee.finalize
        atexit { World.finalize?() }
        let world = MPICommunicator(table)
        guard world.rankCount == launcher.rankCount else {
            throw MessagePassingError(
                "\(launcher.name) has started \(launcher.rankCount) processes, but \(name(table)) sees \(world.rankCount): it was "
                    + "made for another MPI than the one that has started them"
                    + (launcher.name == "srun"
                        ? "; try srun --mpi=pmix or --mpi=pmi2 (srun --mpi=list shows which there are)" : ""))
        }
        return world
    }

    private nonisolated(unsafe) static var finalize: (@convention(c) () -> Void)?

    private static func name(_ table: UnsafePointer<asr_mpi>) -> String {
        let all = table.pointee.library().map { String(cString: $0) } ?? "MPI"
        return String(all.prefix { $0 != "," && $0 != "\n" })
    }

    /// The library that knows MPI: what `make mpi` has made.
    private static func library(_ launcher: Launcher) throws(MessagePassingError) -> UnsafePointer<asr_mpi> {
        let paths = paths()
        guard let path = paths.first(where: { access($0, R_OK) == 0 }) else {
            throw MessagePassingError(
                "\(launcher.name) has started \(launcher.rankCount) processes, but this asr was built without MPI: each of them "
                    + "would train by itself. `make mpi` builds what is missing (\(paths[0])); it needs mpicc, on Debian and Ubuntu "
                    + "from libopenmpi-dev. Or start asr train without \(launcher.name)")
        }
        // Global, because parts that MPI opens itself look for its symbols.
        guard let handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL), let symbol = dlsym(handle, ASR_MPI_ENTRY) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            throw MessagePassingError("\(path): cannot be opened (\(reason)); build it again: make mpi")
        }
        typealias Entry = @convention(c) () -> UnsafePointer<asr_mpi>
        let table = unsafeBitCast(symbol, to: Entry.self)()
        guard table.pointee.version == ASR_MPI_VERSION else {
            throw MessagePassingError("\(path): was made for another version of asr; build it again: make mpi")
        }
        return table
    }

    /// Where the library may be: where `ASR_MPI_LIBRARY` says, beside the program, or where `make install` puts it.
    private static func paths() -> [String] {
        if let named = getenv("ASR_MPI_LIBRARY") { return [String(cString: named)] }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let program = String(decoding: buffer[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return ["\(folder)/libasr-mpi.so", "\(folder)/../lib/asr/libasr-mpi.so"]
    }
}

/// Why processes cannot work together.
public struct MessagePassingError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
