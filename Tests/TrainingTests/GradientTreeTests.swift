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
        let second = store.declare("b", shape: [Self.count], .zeros)
        let third = store.declare("c", shape: [3], .zeros)
        try store.allocate()
        // One of two parameters, and two of one; from the end, as a backward pass.
        let ends = [0, second.offset + 500, third.offset, store.flatCount]
        let parts = GradientParts(zip(ends, ends.dropFirst()).map { $0..<$1 }.reversed(), of: store)
        let workers = WorkerPool(threadCount: threads)
        var reused: [ParameterGradients] = []
        for _ in 0..<2 {  // the second time with the memory of the first
            let tree = GradientTree(leafCount: leafCount, parts, reusing: reused) { ParameterGradients(for: store) }
            workers.run(itemCount: leafCount) { index in
                let leaf = tree.leaf(index)
                // The third one has no gradient.
                for parameter in [second, parameter] {
                    for (index, value) in Self.gradient(leaf: index).enumerated() {
                        leaf.gradients.gradient(of: parameter).floats[index] = value
                    }
                    leaf.finish(parameter)
                }
                leaf.finish()
            }
            let (sums, free) = (tree.sums, tree.free)
            let norm = GradientReduction(ParameterPieces(store))(sums, workers: workers)
            let expected = Self.expected(0..<leafCount)
            #expect(sums[0].gradient(of: parameter).values == expected)
            #expect(sums[0].gradient(of: second).values == expected)
            #expect(sums[0].gradient(of: third).values == [0, 0, 0])
            let squares = 2 * expected.reduce(0) { $0 + Double($1) * Double($1) }
            expectClose([norm], [Float(squares.squareRoot())], relative: 1e-5)
            // One thread has one leaf and one sum that waits on each level.
            if threads == 1 { #expect(sums.count + free.count <= 6) }
            reused = sums + free
        }
    }
}
