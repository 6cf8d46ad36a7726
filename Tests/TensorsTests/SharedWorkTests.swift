import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct SharedWorkTests {
    /// Calls `body` with the work shared by one, two and three threads, by none, and alone.
    private func everyWay(_ body: () -> [Float]) -> (alone: [Float], shared: [[Float]]) {
        let shared = [nil, 1, 2, 3].map { count in
            SharedWork.among(count.map { WorkerPool(threadCount: $0) }) { body() }
        }
        return (body(), shared)
    }

    // Rows are cut from 384 on (400, 1000), columns where the right matrix has 4 million elements (3 x 70000 x 64); the
    // smaller ones stay whole.
    @Test(
        arguments: [(400, 200, 128), (1_000, 96, 96), (3, 70_000, 64), (383, 200, 128), (400, 8, 8)],
        [ElementType.float32, .bfloat16].filter(\.isSupported))
    func productsHaveTheSameBitsForAnyThreadCount(size: (m: Int, n: Int, k: Int), type: ElementType) {
        let a = Tensor.random([size.m, size.k], seed: 1).converted(to: type)
        let b = Tensor.random([size.n, size.k], seed: 2).converted(to: type)
        let bias = Tensor.random([size.n], seed: 3)
        let start = Tensor.random([size.m, size.n], seed: 4)
        let (alone, shared) = everyWay {
            let c = Tensor(start.values, shape: start.shape)
            MatrixProduct.multiply(
                MatrixView(a), MatrixView(b).transposed, bias: bias.floats, into: MatrixView(c), relu: true,
                accumulate: true)
            return c.values
        }
        for result in shared { #expect(result == shared[0]) }
        expectClose(shared[0], alone, absolute: 1e-5 * Float(size.k))
    }

    /// Every index once, in ranges of the asked size, and from every one of them the pieces of an operation that itself
    /// could share: those are not shared again.
    @Test(arguments: [1, 2, 3, 8]) func everyIndexOnce(threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        for (count, size) in [(0, 4), (1, 4), (4, 4), (5, 4), (1_000, 7)] {
            let calls = Mutex([Int](repeating: 0, count: count))
            SharedWork.among(pool) {
                SharedWork.forEach(count: count, size: size) { range in
                    #expect(range.lowerBound % size == 0 && range.count == min(size, count - range.lowerBound))
                    SharedWork.forEach(count: range.count, size: 1) { inner in
                        calls.withLock { $0[range.lowerBound + inner.lowerBound] += 1 }
                    }
                }
            }
            #expect(calls.withLock { $0 } == Array(repeating: 1, count: count))
        }
    }

    // Without threads to share with, work that may be cut anywhere is one piece.
    @Test func onePieceAlone() {
        func pieces() -> Int {
            let count = Mutex(0)
            SharedWork.forEachPiece(count: 10, size: 3) { _ in count.withLock { $0 += 1 } }
            return count.withLock { $0 }
        }
        #expect(pieces() == 1)
        #expect(SharedWork.among(nil) { pieces() } == 1)
        #expect(SharedWork.among(WorkerPool(threadCount: 1)) { pieces() } == 1)
        #expect(SharedWork.among(WorkerPool(threadCount: 2)) { pieces() } == 4)
        #expect(pieces() == 1)
    }

    // An utterance has hundreds of shared operations, one after the other.
    @Test func manyOperations() {
        let total = Mutex(0)
        SharedWork.among(WorkerPool(threadCount: 3)) {
            for count in 0..<2_000 {
                SharedWork.forEach(count: count % 5, size: 1) { range in total.withLock { $0 += range.upperBound } }
            }
        }
        // 400 times each of 0, 1, 1 + 2, 1 + 2 + 3, 1 + 2 + 3 + 4.
        let sum = total.withLock { $0 }
        #expect(sum == 8_000)
    }
}
