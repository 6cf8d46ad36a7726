import Files
import Glibc
import Synchronization

/// Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed: the first asks the program to save and leave, the second ends it at once.
/// SIGUSR1, which Slurm can send before the time is up and mpirun passes on, asks too; it may come from both, and never ends the program.
enum Interruption {
    private static let requested = Atomic<Bool>(false)

    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]

    /// Whether the user wants to leave.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    private static let notice: StaticString = "\nstopping as soon as all is saved; once more to stop at once\n"

    /// From now on the first signal only sets `isRequested`.
    static func catchSignals() {
        install(signals) { number in
            if Interruption.requested.exchange(true, ordering: .relaxed) {
                if number == SIGUSR1 { return }
                _exit(128 + number)
            }
            Interruption.say(Interruption.notice)
        }
    }

    private static let isWriting = Atomic<Bool>(false)
    /// The signal that came while a file was written; 0: none.
    private static let waiting = Atomic<Int32>(0)
    private static let endNotice: StaticString =
        "\ninterrupted; the files that were written are complete, and --skip-existing goes on with the others\n"

    /// From now on a signal ends the program at once, but never within `whole`.
    static func endBetweenFiles() {
        install([SIGINT, SIGTERM, SIGHUP]) { number in
            let isSecond = Interruption.waiting.exchange(number, ordering: .sequentiallyConsistent) != 0
            if !isSecond && Interruption.isWriting.load(ordering: .sequentiallyConsistent) { return }
            Interruption.say(Interruption.endNotice)
            _exit(128 + number)
        }
    }

    /// Does what is not to be broken off, such as writing a file; a signal that came meanwhile ends the program behind it.
    static func whole<Result>(_ body: () throws -> Result) rethrows -> Result {
        isWriting.store(true, ordering: .sequentiallyConsistent)
        defer {
            isWriting.store(false, ordering: .sequentiallyConsistent)
            let number = waiting.load(ordering: .sequentiallyConsistent)
            if number != 0 {
                say(endNotice)
                _exit(128 + number)
            }
        }
        return try body()
    }

    /// Lets a function take these signals.
    ///
    /// A parent may have started this process with the signals blocked: they are let through.
    private static func install(_ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        for number in signals { signal(number, handler) }
    }

    private static func say(_ text: StaticString) {
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
}
