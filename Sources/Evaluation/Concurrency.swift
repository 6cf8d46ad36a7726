import Dispatch

/// The results of `body` for 0..<`count`, computed at the same time, in order.
func concurrently<Output: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Output) -> [Output] {
    var results = [Output?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let slots = buffer
        DispatchQueue.concurrentPerform(iterations: count) { index in slots[index] = body(index) }
    }
    return results.map { $0! }
}
