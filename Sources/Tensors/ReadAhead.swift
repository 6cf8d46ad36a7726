import Glibc

/// Elements that a thread of their own makes ahead of whoever takes them, so that reading does not wait for computing, nor
/// computing for reading. At most `capacity` elements wait to be taken.
public final class ReadAhead<Element: Sendable>: Sequence, IteratorProtocol {
    private let shared: Shared

    /// What the two threads share; the mutex guards it.
    private final class Shared: @unchecked Sendable {
        let capacity: Int
        let produce: @Sendable ((Element) -> Bool) -> Void
        var waiting: [Element] = []
        var isFinished = false
        var isCancelled = false
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init(capacity: Int, produce: @escaping @Sendable ((Element) -> Bool) -> Void) {
            self.capacity = capacity
            self.produce = produce
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(changed, nil)
        }

        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }

        func locked<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return body()
        }

        /// Waits for room and adds an element; false where nobody takes elements any more.
        func put(_ element: Element) -> Bool {
            locked {
                while waiting.count >= capacity && !isCancelled { pthread_cond_wait(changed, mutex) }
                if isCancelled { return false }
                waiting.append(element)
                pthread_cond_broadcast(changed)
                return true
            }
        }

        func serve() {
            produce(put)
            locked {
                isFinished = true
                pthread_cond_broadcast(changed)
            }
        }
    }

    /// - Parameters:
    ///   - capacity: at least 1.
    ///   - produce: hands every element to its argument, in order, and returns at the end, or when its argument says false:
    ///     nobody takes elements any more. It runs on a thread of its own.
    public init(capacity: Int, _ produce: @escaping @Sendable (_ put: (Element) -> Bool) -> Void) {
        shared = Shared(capacity: Swift.max(1, capacity), produce: produce)
        let shared = shared
        DetachedThread.start { shared.serve() }
    }

    deinit {
        shared.locked {
            shared.isCancelled = true
            pthread_cond_broadcast(shared.changed)
        }
    }

    /// The next element, which may have to be waited for; nil behind the last one.
    public func next() -> Element? {
        shared.locked {
            while shared.waiting.isEmpty && !shared.isFinished { pthread_cond_wait(shared.changed, shared.mutex) }
            guard !shared.waiting.isEmpty else { return nil }
            pthread_cond_broadcast(shared.changed)
            return shared.waiting.removeFirst()
        }
    }
}
