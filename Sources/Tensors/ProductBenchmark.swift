/// How fast this machine multiplies matrices.
public enum ProductBenchmark {
    private static let repetitions = 200
    private static let rounds = 5

    /// Operations (multiplications and additions) a second of all threads together, each with its own
    /// [rows, columns] x [columns, columns] products; the median of several rounds.
    public static func operationsPerSecond(_ type: ElementType, rows: Int, columns: Int, workers: WorkerPool) -> Double
    {
        let a = Tensor(zeros: [rows, columns], type)
        let b = Tensor(zeros: [columns, columns], type)
        let round: @Sendable (Int) -> Void = { _ in
            let c = Tensor(uninitialized: [rows, columns], type)
            for _ in 0..<repetitions {
                MatrixProduct.multiply(MatrixView(a), MatrixView(b).transposed, into: MatrixView(c))
            }
        }
        workers.run(itemCount: workers.threadCount, round)
        let times = (0..<rounds).map { _ in
            let start = ContinuousClock.now
            workers.run(itemCount: workers.threadCount, round)
            return (ContinuousClock.now - start) / .seconds(1)
        }
        let operations = 2.0 * Double(rows * columns * columns * repetitions * workers.threadCount)
        return operations / times.sorted()[times.count / 2]
    }
}
