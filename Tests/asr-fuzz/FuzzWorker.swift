import Foundation
import Fuzzing
import Glibc
import Synchronization

/// Reads one input after the other; ends with the process where a reader traps, takes too long or too much memory.
struct FuzzWorker {
    /// The exit code of a worker whose input took too long.
    static let timeLimitExitCode: Int32 = 124
    static let timeLimitInSeconds = 10
    /// Above what the process has when it begins.
    static let memoryLimitInBytes = 500_000_000

    private let target: FuzzTarget
    private let mutator: FuzzMutator

    init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        mutator = FuzzMutator(target, seed: seed)
    }

    /// Reads the inputs of these numbers in the current folder, and writes each number to `current` before it is read.
    func run(_ indices: Range<Int>) throws {
        let folder = FileManager.default.currentDirectoryPath
        try FuzzTarget.prepare(folder: folder)
        try limitMemory()
        let current = open("current", O_WRONLY | O_CREAT, 0o600)
        let watchdog = Watchdog()
        watchdog.start()
        for index in indices {
            var number = index
            pwrite(current, &number, MemoryLayout<Int>.size, 0)
            let input = mutator.input(index)
            watchdog.restart()
            _ = try target.run(input, in: folder)
        }
    }

    /// Memory that the process may have beyond what it has now; above it, nothing is allocated and the process traps.
    private func limitMemory() throws {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmData:") }
        let kilobytes = line.flatMap { Int($0.split(separator: "\t")[1].split(separator: " ")[0]) } ?? 0
        let bytes = rlim_t(kilobytes * 1024 + Self.memoryLimitInBytes)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        setrlimit(__rlimit_resource_t(2), &limit)  // RLIMIT_DATA
    }
}

/// Ends the process when an input takes longer than the limit.
private final class Watchdog: Sendable {
    private let startInNanoseconds = Atomic<UInt64>(0)

    private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    func restart() { startInNanoseconds.store(Self.now, ordering: .relaxed) }

    func start() {
        restart()
        let parent = getppid()
        Thread.detachNewThread {
            while true {
                usleep(200_000)
                if getppid() != parent { _exit(1) }  // A campaign that was stopped leaves no worker behind.
                let elapsed = Self.now &- self.startInNanoseconds.load(ordering: .relaxed)
                if elapsed < 1 << 63, elapsed > UInt64(FuzzWorker.timeLimitInSeconds) * 1_000_000_000 {
                    _exit(FuzzWorker.timeLimitExitCode)
                }
            }
        }
    }
}
