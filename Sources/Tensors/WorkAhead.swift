/// Elements 0..<count that threads of their own make ahead of whoever takes them, in order.
///
/// Whoever takes an element that no thread has begun makes it itself, so no processor waits while there is something to do. An
/// element must not depend on the thread that makes it; the elements are then the same for any number of threads.
public final class WorkAhead<Element: Sendable>: Sendable {
    private let shared: Shared

    /// What the threads share; its condition guards it.
    private final class Shared: @unchecked Sendable {
        let work: @Sendable (Int) -> Element
        let window: Int
        /// Whether somebody has begun with an element.
        var isBegun: [Bool]
        /// Elements that are made and not taken.
        var made: [Int: Element] = [:]
        var takenCount = 0
        var next = 0
        var isCancelled = false
        let condition = Condition()

        init(count: Int, window: Int, _ work: @escaping @Sendable (Int) -> Element) {
            self.work = work
            self.window = window
            isBegun = Array(repeating: false, count: count)
        }

        /// Waits for room and begins with the next element; nil where there is none, or nobody takes elements any more.
        func begin() -> Int? {
            condition.locked {
                while !isCancelled {
                    while next < isBegun.count && isBegun[next] { next += 1 }
                    if next == isBegun.count { return nil }
                    if next < takenCount + window {
                        isBegun[next] = true
                        return next
                    }
                    condition.wait()
                }
                return nil
            }
        }

        func serve() {
            while let index = begin() {
                let element = work(index)
                condition.locked {
                    made[index] = element
                    condition.signalAll()
                }
            }
        }

        /// The element where a thread has begun with it, which may have to be waited for; nil: it is the caller's to make.
        func takeOrBegin(_ index: Int) -> Element? {
            condition.locked {
                takenCount += 1
                // The window has moved.
                condition.signalAll()
                guard isBegun[index] else {
                    isBegun[index] = true
                    return nil
                }
                while made[index] == nil { condition.wait() }
                return made.removeValue(forKey: index)
            }
        }
    }

    /// - Parameters:
    ///   - count: how many elements there are.
    ///   - window: how many of them are made and not taken, or being made, at most; at least 1.
    ///   - threadCount: threads that work ahead; with 0 whoever takes an element makes it.
    ///   - work: makes an element.
    public init(count: Int, window: Int, threadCount: Int, _ work: @escaping @Sendable (Int) -> Element) {
        let shared = Shared(count: count, window: max(1, window), work)
        self.shared = shared
        for _ in 0..<threadCount { DetachedThread.start { shared.serve() } }
    }

    deinit {
        shared.condition.locked {
            shared.isCancelled = true
            shared.condition.signalAll()
        }
    }

    /// An element, which is made by the caller or waited for where it is not there; several threads may take elements.
    ///
    /// - Precondition: each is taken once, nearly in order: threads work on those that follow the number of taken ones.
    public func take(_ index: Int) -> Element {
        shared.takeOrBegin(index) ?? shared.work(index)
    }
}
