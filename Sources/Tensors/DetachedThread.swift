import Glibc

/// A thread of its own that runs a closure and goes.
package enum DetachedThread {
    /// Starts a thread that runs `body`.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // As much as the main thread has on Linux.
        pthread_attr_setstacksize(&attributes, 8 << 20)
        let argument = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument)
        precondition(status == 0, "DetachedThread: cannot start a thread (error \(status))")
    }
}

/// What a thread runs: C's function for it can capture nothing and know no generic type.
private final class ThreadBody {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
