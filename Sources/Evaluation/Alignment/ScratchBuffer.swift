/// Growing memory of a worker that is reused for every pair: an array without its checks in the inner loop.
struct ScratchBuffer<Element: BitwiseCopyable>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 256) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Makes room for `additional` more elements; what is there stays.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if count + additional > capacity { grow(to: count + additional) }
    }

    private mutating func grow(to needed: Int) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: needed * 2)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
        capacity = needed * 2
    }

    /// Appends without a check: `reserve` must have made room.
    @inline(__always)
    mutating func append(_ element: Element) {
        start[count] = element
        count += 1
    }

    /// Forgets all elements.
    @inline(__always)
    mutating func removeAll() { count = 0 }

    /// The elements; valid until the next change.
    @inline(__always)
    var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

    /// Room for `count` elements that are not initialised, and nothing else.
    mutating func room(for count: Int) -> UnsafeMutablePointer<Element> {
        self.count = 0
        reserve(count)
        self.count = count
        return start
    }
}
