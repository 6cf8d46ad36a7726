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
        /// Whether a caller has the pool; others wait for it.
        var isTaken = false
        var waitingCallers = 0
        var itemCount = 0
        var nextItem = 0
        var unfinished = 0
        /// Threads of the pool that may still join in.
        var openPlaces = 0
        var work: (@Sendable (Int) -> Void)?
        var stopping = false
    }

    private final class Shared: @unchecked Sendable {
        var job = Job()
        let condition = Condition()
        /// Counts jobs, for threads that look for the next one before they sleep.
        let jobCount = Atomic<Int>(0)
    }
    private let shared = Shared()
    /// The pool whose work the current thread does.
    @TaskLocal private static var working: ObjectIdentifier?

    /// A pool of `threadCount` threads (at least 1).
    public init(threadCount: Int) {
        self.threadCount = max(1, threadCount)
        for _ in 0..<self.threadCount {
            let shared = shared
            DetachedThread.start { WorkerPool.serve(shared) }
        }
    }

    deinit {
        shared.condition.lock()
        shared.job.stopping = true
        shared.condition.signalAll()
        shared.condition.unlock()
    }

    /// Calls `work` once with each of 0..<itemCount, several at a time, and returns when all are done.
    ///
    /// Calls from several threads wait for each other: one job after the other has the threads. A call from within `work` has no
    /// other threads to wait for, and does its items itself, one after the other. (From within `work` another pool may be called,
    /// but what that one works on must not call this one.)
    ///
    /// - Parameter meanwhile: what the calling thread does while the others work; after it where the call is from within `work`.
    public func run(itemCount: Int, _ work: @escaping @Sendable (Int) -> Void, meanwhile: () -> Void = {}) {
        if isWorking {
            (0..<itemCount).forEach(work)
            return meanwhile()
        }
        start(itemCount: itemCount, places: threadCount, work)
        meanwhile()
        finish()
    }

    /// As `run`, the calling thread being one of the `threadCount` threads: for jobs so short that waking another thread
    /// counts.
    func runWithCaller(itemCount: Int, _ work: @escaping @Sendable (Int) -> Void) {
        if isWorking { return (0..<itemCount).forEach(work) }
        start(itemCount: itemCount, places: threadCount - 1, work)
        shared.condition.lock()
        WorkerPool.takeItems(shared)
        shared.condition.unlock()
        finish()
    }

    private var isWorking: Bool { WorkerPool.working == ObjectIdentifier(shared) }

    private func start(itemCount: Int, places: Int, _ work: @escaping @Sendable (Int) -> Void) {
        shared.condition.lock()
        shared.job.waitingCallers += 1
        while shared.job.isTaken { shared.condition.wait() }
        shared.job.waitingCallers -= 1
        shared.job.isTaken = true
        shared.job.itemCount = itemCount
        shared.job.nextItem = 0
        shared.job.unfinished = itemCount
        shared.job.openPlaces = places
        shared.job.work = work
        shared.jobCount.add(1, ordering: .releasing)
        if itemCount > 0 { shared.condition.signalAll() }
        shared.condition.unlock()
    }

    private func finish() {
        shared.condition.lock()
        while shared.job.unfinished > 0 { shared.condition.wait() }
        shared.job.work = nil
        shared.job.isTaken = false
        if shared.job.waitingCallers > 0 { shared.condition.signalAll() }
        shared.condition.unlock()
    }

    /// As `run`, keeping what `work` returns, in the order of the items.
    public func map<Result: Sendable>(
        itemCount: Int, _ work: @escaping @Sendable (Int) -> Result, meanwhile: () -> Void = {}
    ) -> [Result] {
        let results = Mutex<[Result?]>(Array(repeating: nil, count: itemCount))
        run(itemCount: itemCount) { item in
            let result = work(item)
            results.withLock { $0[item] = result }
        } meanwhile: {
            meanwhile()
        }
        return results.withLock { $0.map { $0! } }
    }

    /// Works on items as they come, several at a time, and hands their results to the calling thread in the order of the items, each as
    /// soon as it and those before it are there. A thread that is done with an item goes on with the next one, whatever the others do.
    ///
    /// - Parameters:
    ///   - window: items that are taken and not finished, at most; at least 1.
    ///   - next: the next item; nil behind the last one.
    ///   - work: makes a result on a thread of the pool.
    ///   - finished: gets the results. Where it throws, items that no thread has begun with are left out.
    /// - Precondition: not called from within work of this pool, which neither `next` nor `finished` may use.
    /// - Throws: what `finished` throws.
    public func forEachInOrder<Item: Sendable, Result: Sendable>(
        window: Int, next: () -> Item?, _ work: @escaping @Sendable (Item) -> Result,
        finished: (Result) throws -> Void
    ) throws {
        precondition(!isWorking, "WorkerPool: forEachInOrder from within work of the same pool")
        let stream = Mutex<(items: [Int: Item], results: [Int: Result])>(([:], [:]))
        let condition = shared.condition
        start(itemCount: 0, places: .max) { index in
            guard let item = stream.withLock({ $0.items.removeValue(forKey: index) }) else { return }
            let result = work(item)
            stream.withLock { $0.results[index] = result }
            condition.locked { condition.signalAll() }
        }
        defer {
            condition.locked {
                shared.job.unfinished -= shared.job.itemCount - shared.job.nextItem
                shared.job.itemCount = shared.job.nextItem
            }
            finish()
        }
        var takenCount = 0
        var hasMore = true
        var finishedCount = 0
        while true {
            while hasMore, takenCount < finishedCount + max(1, window) {
                guard let item = next() else {
                    hasMore = false
                    break
                }
                stream.withLock { $0.items[takenCount] = item }
                takenCount += 1
                condition.locked {
                    shared.job.itemCount += 1
                    shared.job.unfinished += 1
                    shared.jobCount.add(1, ordering: .releasing)
                    condition.signalAll()
                }
            }
            if finishedCount == takenCount { return }
            let result: Result = condition.locked {
                while true {
                    if let result = stream.withLock({ $0.results.removeValue(forKey: finishedCount) }) { return result }
                    condition.wait()
                }
            }
            finishedCount += 1
            try finished(result)
        }
    }

    private static func serve(_ shared: Shared) {
        MatrixProduct.setThreadCount(1)
        shared.condition.lock()
        while !shared.job.stopping {
            if shared.job.work != nil, shared.job.nextItem < shared.job.itemCount, shared.job.openPlaces > 0 {
                shared.job.openPlaces -= 1
                takeItems(shared)
                awaitNextJob(shared)
            } else {
                shared.condition.wait()
            }
        }
        shared.condition.unlock()
    }

    /// Works on items until none is left. The mutex is locked before and after, but not during an item.
    private static func takeItems(_ shared: Shared) {
        guard let work = shared.job.work else { return }
        $working.withValue(ObjectIdentifier(shared)) {
            while shared.job.nextItem < shared.job.itemCount {
                let item = shared.job.nextItem
                shared.job.nextItem += 1
                shared.condition.unlock()
                work(item)
                shared.condition.lock()
                shared.job.unfinished -= 1
                if shared.job.unfinished == 0 { shared.condition.signalAll() }
            }
        }
    }

    /// Looks for a next job for a moment: the operations of an utterance follow each other faster than a thread wakes.
    private static func awaitNextJob(_ shared: Shared) {
        let seen = shared.jobCount.load(ordering: .acquiring)
        shared.condition.unlock()
        for _ in 0..<lookCount where shared.jobCount.load(ordering: .acquiring) == seen { sched_yield() }
        shared.condition.lock()
    }

    /// About 0.1 ms.
    private static let lookCount = 300
}
