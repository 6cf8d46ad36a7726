import Autograd
import Numerics
import Tensors
import TestSupport
import Testing
import Training

@Suite struct GradientTreeTests {
    private static let count = 1_000

    /// The gradient of a micro-batch: numbers whose sum depends on the order in which they are added.
    private static func gradient(leaf: Int) -> [Float] {
        var generator = RandomKey(seed: 1).derived(leaf).generator
        return (0..<count).map { _ in (generator.uniform() - 0.5) * Float(1 << (generator.next() % 12)) }
    }

    /// The sum as documented, by recursion: the first half has one more of an odd number.
    private static func expected(_ leaves: Range<Int>) -> [Float] {
        if leaves.count == 1 { return gradient(leaf: leaves.lowerBound) }
        let middle = leaves.lowerBound + leaves.count - leaves.count / 2
        return zip(expected(leaves.lowerBound..<middle), expected(middle..<leaves.upperBound)).map { $0 + $1 }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 31], [1, 2, 3, 16])
    func theSumIsThatOfATreeForAnyNumberOfThreads(leafCount: Int, threads: Int) throws {
        let store = ParameterStore()
        let parameter = store.declare("a", shape: [Self.count], .zeros)
        try store.allocate()
        let workers = WorkerPool(threadCount: threads)
        var reused: [ParameterGradients] = []
        for _ in 0..<2 {  // the second time with the memory of the first
            let tree = GradientTree(leafCount: leafCount, reusing: reused) { ParameterGradients(for: store) }
            workers.run(itemCount: leafCount) { leaf in
                let gradients = tree.makeLeaf()
                for (index, value) in Self.gradient(leaf: leaf).enumerated() {
                    gradients.gradient(of: parameter).floats[index] = value
                }
                tree.add(gradients, leaf: leaf)
            }
            let (left, free) = tree.finish()
            let sums = left.map(\.gradients)
            let norm = GradientReduction(ParameterPieces(store))(sums, workers: workers)
            let expected = Self.expected(0..<leafCount)
            #expect(sums[0].gradient(of: parameter).values == expected)
            let squares = expected.reduce(0) { $0 + Double($1) * Double($1) }
            expectClose([norm], [Float(squares.squareRoot())], relative: 1e-5)
            // One thread has one leaf and one sum that waits on each level.
            if threads == 1 { #expect(sums.count + free.count <= 6) }
            reused = sums + free
        }
    }
}
