import Glibc

/// A thread of its own that runs a closure and goes.
enum DetachedThread {
    /// Starts a thread that runs `body`.
    static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument)
        precondition(status == 0, "DetachedThread: cannot start a thread (error \(status))")
        pthread_detach(thread)
    }
}

/// What a thread runs: C's function for it can capture nothing and know no generic type.
private final class ThreadBody {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
