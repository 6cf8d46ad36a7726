import Glibc
import Synchronization

/// A fixed number of threads that take the items of a job one after the other.
///
/// Matrix products called from a worker use that one thread: items, not rows of a matrix, are what runs in parallel.
/// Which thread takes which item is not defined, so an item must not depend on it; results are then the same for any
/// number of threads. The pool is made once and kept: prepared matrix products and memory pools belong to threads.
public final class WorkerPool: Sendable {
    /// The number of threads.
    public let threadCount: Int

    private struct Job {
        var generation = 0
        var itemCount = 0
        var nextItem = 0
        var unfinished = 0
        var work: (@Sendable (Int) -> Void)?
        var stopping = false
    }

    private final class Shared: @unchecked Sendable {
        var job = Job()
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(changed, nil)
        }
        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }
    }
    private let shared = Shared()

    /// A pool of `threadCount` threads (at least 1).
    public init(threadCount: Int) {
        self.threadCount = max(1, threadCount)
        for _ in 0..<self.threadCount {
            var thread = pthread_t()
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            pthread_attr_setstacksize(&attributes, 8 << 20)
            let argument = Unmanaged.passRetained(shared).toOpaque()
            let status = pthread_create(
                &thread, &attributes,
                { argument in
                    WorkerPool.serve(Unmanaged<Shared>.fromOpaque(argument!).takeRetainedValue())
                    return nil
                }, argument)
            precondition(status == 0, "WorkerPool: cannot start a thread (error \(status))")
            pthread_attr_destroy(&attributes)
        }
    }

    deinit {
        pthread_mutex_lock(shared.mutex)
        shared.job.stopping = true
        pthread_cond_broadcast(shared.changed)
        pthread_mutex_unlock(shared.mutex)
    }

    /// Calls `work` once with each of 0..<itemCount, several at a time, and returns when all are done.
    ///
    /// Calls from several threads, or from within `work`, are not allowed.
    public func run(itemCount: Int, _ work: @escaping @Sendable (Int) -> Void) {
        if itemCount == 0 { return }
        pthread_mutex_lock(shared.mutex)
        precondition(shared.job.unfinished == 0, "WorkerPool.run: a job is running")
        shared.job.generation += 1
        shared.job.itemCount = itemCount
        shared.job.nextItem = 0
        shared.job.unfinished = itemCount
        shared.job.work = work
        pthread_cond_broadcast(shared.changed)
        while shared.job.unfinished > 0 { pthread_cond_wait(shared.changed, shared.mutex) }
        shared.job.work = nil
        pthread_mutex_unlock(shared.mutex)
    }

    /// As `run`, keeping what `work` returns, in the order of the items.
    public func map<Result: Sendable>(itemCount: Int, _ work: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Mutex<[Result?]>(Array(repeating: nil, count: itemCount))
        run(itemCount: itemCount) { item in
            let result = work(item)
            results.withLock { $0[item] = result }
        }
        return results.withLock { $0.map { $0! } }
    }

    private static func serve(_ shared: Shared) {
        MatrixProduct.setThreadCount(1)
        pthread_mutex_lock(shared.mutex)
        while !shared.job.stopping {
            guard shared.job.nextItem < shared.job.itemCount, let work = shared.job.work else {
                pthread_cond_wait(shared.changed, shared.mutex)
                continue
            }
            let item = shared.job.nextItem
            shared.job.nextItem += 1
            pthread_mutex_unlock(shared.mutex)
            work(item)
            pthread_mutex_lock(shared.mutex)
            shared.job.unfinished -= 1
            if shared.job.unfinished == 0 { pthread_cond_broadcast(shared.changed) }
        }
        pthread_mutex_unlock(shared.mutex)
    }
}
