/// Work inside one operation that several threads share: how one long utterance uses all processors.
///
/// Elsewhere utterances and micro-batches are what runs in parallel (docs/decisions/0003). This is for an utterance that
/// has the machine to itself. Operations ask for it where they loop over rows, attention heads or elements.
///
/// Inside `among` matrix products are cut into pieces whose size depends on the product alone, also when one thread does
/// all of them, so that results do not depend on the number of threads.
public enum SharedWork {
    private struct Scope: Sendable {
        /// Nil: the calling thread does all the work.
        let pool: WorkerPool?
    }

    @TaskLocal private static var scope: Scope?

    /// Operations that `body` calls on this thread share their work out to the threads of `pool`; nil: this thread does it
    /// all, with the same result.
    ///
    /// - Precondition: `body` is not called by one of the pool's own threads.
    public static func among<Result>(_ pool: WorkerPool?, _ body: () throws -> Result) rethrows -> Result {
        MatrixProduct.setThreadCount(1)
        return try $scope.withValue(Scope(pool: pool)) { try body() }
    }

    /// Whether products are cut: inside `among`.
    static var isCutting: Bool { scope != nil }

    /// Calls `work` with consecutive ranges that cover 0..<count, each of `size` items but the last, on several threads
    /// where these are shared.
    public static func forEach(count: Int, size: Int, _ work: (Range<Int>) -> Void) {
        let pieces = (count + size - 1) / size
        guard pieces > 1, let pool = scope?.pool, pool.threadCount > 1 else {
            // A piece is not cut again, whichever thread does it.
            $scope.withValue(nil) {
                for start in stride(from: 0, to: count, by: size) { work(start..<min(start + size, count)) }
            }
            return
        }
        withoutActuallyEscaping(work) { work in
            let shared = Unchecked(work: work)
            pool.runWithCaller(itemCount: pieces) { piece in
                $scope.withValue(nil) { shared.work(piece * size..<min((piece + 1) * size, count)) }
            }
        }
    }

    /// As `forEach` for work whose result does not depend on how it is cut: one piece where no threads are shared.
    public static func forEachPiece(count: Int, size: Int, _ work: (Range<Int>) -> Void) {
        let isShared = (scope?.pool?.threadCount ?? 1) > 1
        forEach(count: count, size: isShared ? size : max(1, count), work)
    }

    /// Multiplications of matrices that are worth sharing: about 0.1 ms of one thread.
    public static let smallestProduct = 1 << 23

    /// Elements that are worth a piece of their own: 256 KB of float32.
    public static let elementsPerPiece = 65_536

    /// `run` returns before the closure dies, and every range is given to one thread.
    private struct Unchecked: @unchecked Sendable {
        let work: (Range<Int>) -> Void
    }
}
