import Synchronization
import Tensors
import Testing

@Suite struct WorkAheadTests {
    /// Counts of what is made, by element.
    private final class Record: Sendable {
        let makings = Mutex<[Int: Int]>([:])
        let madeCount = Atomic<Int>(0)
    }

    /// Taken by one thread or by four, with or without threads that work ahead: each element is made once, and is the right one.
    @Test(arguments: [0, 1, 3], [1, 4]) func everyElementIsMadeOnce(threads: Int, takers: Int) {
        let record = Record()
        let squares = WorkAhead<Int>(count: 200, window: 5, threadCount: threads) { index in
            record.makings.withLock { $0[index, default: 0] += 1 }
            return index * index
        }
        let taken = WorkerPool(threadCount: takers).map(itemCount: 200) { squares.take($0) }
        #expect(taken == (0..<200).map { $0 * $0 })
        #expect(record.makings.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, 1) }))
    }

    /// With a window of 3 the elements 0, 1 and 2 are made while nobody takes any, and 3 as well once the first is taken.
    @Test func noMoreThanTheWindowIsMadeAhead() {
        let record = Record()
        let elements = WorkAhead<Int>(count: 100, window: 3, threadCount: 2) { index in
            record.madeCount.add(1, ordering: .sequentiallyConsistent)
            return index
        }
        while record.madeCount.load(ordering: .sequentiallyConsistent) < 3 {}
        #expect(elements.take(0) == 0)
        while record.madeCount.load(ordering: .sequentiallyConsistent) < 4 {}
        for _ in 0..<1_000 { #expect(record.madeCount.load(ordering: .sequentiallyConsistent) == 4) }
    }

    /// An element that nobody has begun is made by who takes it, though the threads are kept from it.
    @Test func whoTakesAnElementMakesIt() {
        let elements = WorkAhead<Int>(count: 10, window: 1, threadCount: 1) { $0 }
        #expect(elements.take(9) == 9)
        #expect((0..<9).map { elements.take($0) } == Array(0..<9))
    }
}
