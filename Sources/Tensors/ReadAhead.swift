/// Elements that a thread of their own makes ahead of whoever takes them, so that reading does not wait for computing, nor
/// computing for reading. At most `capacity` elements wait to be taken.
public final class ReadAhead<Element: Sendable>: Sequence, IteratorProtocol {
    private let shared: Shared

    /// What the two threads share; its condition guards it.
    private final class Shared: @unchecked Sendable {
        let capacity: Int
        let produce: @Sendable ((Element) -> Bool) -> Void
        var waiting: [Element] = []
        var isFinished = false
        var isCancelled = false
        let condition = Condition()

        init(capacity: Int, produce: @escaping @Sendable ((Element) -> Bool) -> Void) {
            self.capacity = capacity
            self.produce = produce
        }

        /// Waits for room and adds an element; false where nobody takes elements any more.
        func put(_ element: Element) -> Bool {
            condition.locked {
                while waiting.count >= capacity && !isCancelled { condition.wait() }
                if isCancelled { return false }
                waiting.append(element)
                condition.signalAll()
                return true
            }
        }

        func serve() {
            produce(put)
            condition.locked {
                isFinished = true
                condition.signalAll()
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
        shared.condition.locked {
            shared.isCancelled = true
            shared.condition.signalAll()
        }
    }

    /// The next element, which may have to be waited for; nil behind the last one.
    public func next() -> Element? {
        shared.condition.locked {
            while shared.waiting.isEmpty && !shared.isFinished { shared.condition.wait() }
            guard !shared.waiting.isEmpty else { return nil }
            shared.condition.signalAll()
            return shared.waiting.removeFirst()
        }
    }
}
