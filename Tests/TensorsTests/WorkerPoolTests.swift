import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8]) func everyItemOnce(threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        #expect(pool.threadCount == threadCount)
        for itemCount in [0, 1, 2, 7, 1000] {
            let calls = Mutex([Int](repeating: 0, count: itemCount))
            pool.run(itemCount: itemCount) { item in calls.withLock { $0[item] += 1 } }
            #expect(calls.withLock { $0 } == Array(repeating: 1, count: itemCount))
        }
    }

    @Test func atLeastOneThread() {
        let pool = WorkerPool(threadCount: 0)
        #expect(pool.threadCount == 1)
        #expect(pool.map(itemCount: 3) { $0 } == [0, 1, 2])
    }

    // Early items take longest, so they finish last.
    @Test(arguments: [1, 2, 3]) func mapKeepsTheOrder(threadCount: Int) {
        let results = WorkerPool(threadCount: threadCount).map(itemCount: 50) { item -> Int in
            var sum = 0
            for value in 0..<(50 - item) * 1000 { sum ^= value }
            return item * 10 + min(0, sum)
        }
        #expect(results == (0..<50).map { $0 * 10 })
    }

    // Items come one by one, and early ones take longest: their results come in order all the same.
    @Test(arguments: [1, 2, 3]) func streamsKeepTheOrder(threadCount: Int) throws {
        let pool = WorkerPool(threadCount: threadCount)
        for itemCount in [0, 1, 7, 50] {
            var items = (0..<itemCount).makeIterator()
            var results: [Int] = []
            @Sendable func work(_ item: Int) -> Int {
                var sum = 0
                for value in 0..<(50 - item) * 1000 { sum ^= value }
                return item * 10 + min(0, sum)
            }
            try pool.forEachInOrder(window: 4, next: { items.next() }, work, finished: { results.append($0) })
            #expect(results == (0..<itemCount).map { $0 * 10 })
        }
    }

    // No more items than the window are begun and not finished; an error of who takes the results ends the run and frees the pool.
    @Test func streamsAreBounded() throws {
        struct Enough: Error {}
        let pool = WorkerPool(threadCount: 2)
        let begun = Atomic<Int>(0)
        var taken = 0
        var finished = 0
        func next() -> Int? {
            taken += 1
            return taken
        }
        @Sendable func work(_ item: Int) -> Int {
            begun.add(1, ordering: .relaxed)
            return item
        }
        #expect(throws: Enough.self) {
            try pool.forEachInOrder(
                window: 3, next: next, work,
                finished: { item in
                    #expect(taken <= finished + 3)
                    finished += 1
                    #expect(item == finished)
                    if item == 10 { throw Enough() }
                })
        }
        #expect(taken <= 12 && begun.load(ordering: .relaxed) <= taken)
        #expect(pool.map(itemCount: 3) { $0 } == [0, 1, 2])
    }

    // Items that allocate tensors and multiply matrices: the same bits for any number of threads.
    @Test func theSameBitsForAnyThreadCount() {
        func run(_ threadCount: Int) -> [[Float]] {
            WorkerPool(threadCount: threadCount).map(itemCount: 9) { item in
                let (m, n, k) = (5 + item, 64, 65)
                let product = Tensor(uninitialized: [m, n])
                let (a, b) = (Tensor.random([m, k], seed: UInt64(item)), Tensor.random([k, n], seed: 100))
                MatrixProduct.multiply(MatrixView(a), MatrixView(b), into: MatrixView(product))
                return product.values
            }
        }
        let one = run(1)
        #expect(one == run(2))
        #expect(one == run(3))
    }

    // A pool is made once and used for thousands of steps.
    @Test func manyJobs() {
        let pool = WorkerPool(threadCount: 3)
        var total = 0
        for job in 0..<2000 { total += pool.map(itemCount: job % 5) { $0 + 1 }.reduce(0, +) }
        // 400 times each of 0, 1, 1 + 2, 1 + 2 + 3, 1 + 2 + 3 + 4.
        #expect(total == 400 * (0 + 1 + 3 + 6 + 10))
    }

    // Tensors made by one thread and released by another go to the other's memory pool.
    @Test func tensorsCrossThreads() {
        let pool = WorkerPool(threadCount: 2)
        for _ in 0..<20 {
            let tensors = pool.map(itemCount: 10) { item in
                Tensor(Array(repeating: Float(item), count: 100), shape: [100])
            }
            let sums = pool.map(itemCount: 10) { item in tensors[9 - item].values.reduce(0, +) }
            #expect(sums == (0..<10).map { (item: Int) -> Float in Float(100 * (9 - item)) })
        }
    }

    // Library users may call a pool from any thread: the callers take turns, and every one gets its own items.
    @Test func severalCallersTakeTurns() async {
        let pool = WorkerPool(threadCount: 2)
        let sums = await withTaskGroup(of: (caller: Int, sums: [Int]).self) { group in
            for caller in 0..<4 {
                group.addTask {
                    let sums = (0..<300).map { job in
                        pool.map(itemCount: job % 4) { $0 + 1_000 * caller }.reduce(0, +)
                    }
                    return (caller, sums)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.caller] = $1.sums }
        }
        for caller in 0..<4 {
            // 0 + 1 + ... + (n - 1) + n * 1000 * caller.
            let expected = (0..<300).map { job in
                let n = job % 4
                return n * (n - 1) / 2 + n * 1_000 * caller
            }
            #expect(sums[caller] == expected)
        }
    }

    // Work that calls its own pool does what it asked for by itself.
    @Test(arguments: [1, 2, 3]) func callsFromWithinWork(threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        let sums = pool.map(itemCount: 5) { item in
            pool.map(itemCount: 4) { inner in
                pool.map(itemCount: 2) { item * 100 + inner * 10 + $0 }.reduce(0, +)
            }.reduce(0, +)
        }
        // The sum over inner and innermost: 8 * 100 item + 2 * 10 * (0 + 1 + 2 + 3) + 4 * (0 + 1).
        #expect(sums == (0..<5).map { 800 * $0 + 120 + 4 })
    }
}
