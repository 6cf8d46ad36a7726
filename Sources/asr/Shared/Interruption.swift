import Files
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM: the first asks the program to save and leave, the second ends it at once.
enum Interruption {
    private static let requested = Atomic<Bool>(false)

    /// Whether the user wants to leave.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    private static let notice: StaticString = "\nstopping as soon as all is saved; once more to stop at once\n"

    /// From now on the first signal only sets `isRequested`.
    ///
    /// A parent may have started this process with the signals blocked: they are let through.
    static func catchSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if Interruption.requested.exchange(true, ordering: .relaxed) { _exit(128 + number) }
                _ = write(STDERR_FILENO, Interruption.notice.utf8Start, Interruption.notice.utf8CodeUnitCount)
            }
        }
    }
}
