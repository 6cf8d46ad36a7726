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
    ///
    /// A parent may have started this process with the signals blocked: they are let through.
    static func catchSignals() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        for number in signals {
            signal(number) { number in
                if Interruption.requested.exchange(true, ordering: .relaxed) {
                    if number == SIGUSR1 { return }
                    _exit(128 + number)
                }
                _ = write(STDERR_FILENO, Interruption.notice.utf8Start, Interruption.notice.utf8CodeUnitCount)
            }
        }
    }
}
