import Autograd
import CKernels
import Synchronization
import Tensors

/// Adds up the gradients of the micro-batches of a batch, in an order that depends on their number alone: a binary tree over the
/// index of the micro-batch.
///
/// The sum of several micro-batches is that of their first half plus that of their second half; of an odd number the first half has
/// one more. Threads hand in gradients in any order; whoever hands in the second half adds the two. So the bits are the same for any
/// number of threads, and for any number of processes, each of which has consecutive micro-batches.
///
/// The whole is left as its two halves, for `GradientReduction` to add in pieces while it computes the norm. Of several processes
/// each is left with the sums that it cannot add to another one of its own, for `GradientExchange`.
package final class GradientTree: Sendable {
    /// A sum that is left.
    package struct Sum: Sendable {
        /// The micro-batches that it is the sum of.
        package let leaves: Range<Int>
        package let gradients: ParameterGradients
    }

    private struct State {
        /// Sums whose other half is not there yet, and those that are left.
        var sums: [Range<Int>: ParameterGradients] = [:]
        /// Gradients that nobody uses.
        var free: [ParameterGradients]
    }

    private let leafCount: Int
    private let own: Range<Int>
    private let state: Mutex<State>
    private let make: @Sendable () -> ParameterGradients

    /// - Parameters:
    ///   - leafCount: micro-batches, at least 1.
    ///   - own: those whose gradients are handed in here; nil: all.
    ///   - free: gradients of an earlier batch, to be used again.
    ///   - make: makes another.
    package init(
        leafCount: Int, own: Range<Int>? = nil, reusing free: [ParameterGradients],
        make: @escaping @Sendable () -> ParameterGradients
    ) {
        precondition(leafCount > 0, "GradientTree: no micro-batches")
        self.leafCount = leafCount
        self.own = own ?? 0..<leafCount
        state = Mutex(State(free: free))
        self.make = make
    }

    /// Where the second half of some micro-batches begins.
    package static func middle(_ leaves: Range<Int>) -> Int { leaves.lowerBound + (leaves.count + 1) / 2 }

    /// The micro-batches that one of several processes computes: where their number is even halves of the tree, so that it has one sum to
    /// send.
    package static func share(_ rank: Int, of rankCount: Int, leafCount: Int) -> Range<Int> {
        share(rank, of: rankCount, 0..<leafCount)
    }

    private static func share(_ rank: Int, of rankCount: Int, _ leaves: Range<Int>) -> Range<Int> {
        if rankCount == 1 { return leaves }
        guard rankCount % 2 == 0 else {
            let start = leaves.lowerBound
            return start + rank * leaves.count / rankCount..<start + (rank + 1) * leaves.count / rankCount
        }
        let (half, middle) = (rankCount / 2, middle(leaves))
        return rank < half
            ? share(rank, of: half, leaves.lowerBound..<middle)
            : share(rank - half, of: half, middle..<leaves.upperBound)
    }

    /// The sums that are left of consecutive micro-batches, in their order.
    package static func nodes(leafCount: Int, own: Range<Int>) -> [Range<Int>] { nodes(0..<leafCount, own, leafCount) }

    private static func nodes(_ leaves: Range<Int>, _ own: Range<Int>, _ leafCount: Int) -> [Range<Int>] {
        if leaves.isEmpty || !leaves.overlaps(own) { return [] }
        let isWhole = leaves.count == leafCount
        if leaves.count == 1 || (!isWhole && own.lowerBound <= leaves.lowerBound && leaves.upperBound <= own.upperBound)
        {
            return [leaves]
        }
        let middle = middle(leaves)
        return nodes(leaves.lowerBound..<middle, own, leafCount) + nodes(middle..<leaves.upperBound, own, leafCount)
    }

    /// Gradients, all zero, for one micro-batch.
    package func makeLeaf() -> ParameterGradients {
        let gradients = state.withLock { $0.free.popLast() } ?? make()
        gradients.reset()
        return gradients
    }

    /// Hands in the gradient of a micro-batch, and adds what can be added.
    package func add(_ gradients: ParameterGradients, leaf: Int) {
        var sum = gradients
        for (node, sibling) in path(to: leaf) {
            let other = state.withLock { state -> ParameterGradients? in
                if let other = state.sums.removeValue(forKey: sibling) { return other }
                state.sums[node] = sum
                return nil
            }
            guard let other else { return }
            let (left, right) = node.lowerBound < sibling.lowerBound ? (sum, other) : (other, sum)
            left.add(right)
            state.withLock { $0.free.append(right) }
            sum = left
        }
        let last = Self.nodes(leafCount: leafCount, own: own).first { $0.contains(leaf) }!
        state.withLock { $0.sums[last] = sum }
    }

    /// From a micro-batch upwards: the sums that have it, each with what is to be added to it. What is left is not among them.
    private func path(to leaf: Int) -> [(node: Range<Int>, sibling: Range<Int>)] {
        var leaves = Self.nodes(leafCount: leafCount, own: own).first { $0.contains(leaf) }!
        var path: [(node: Range<Int>, sibling: Range<Int>)] = []
        while leaves.count > 1 {
            let middle = Self.middle(leaves)
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            path.append(leaf < middle ? (left, right) : (right, left))
            leaves = path[path.count - 1].node
        }
        return path.reversed()
    }

    /// What is left, in the order of the micro-batches, when all have been handed in, and all gradients that are free.
    package func finish() -> (sums: [Sum], free: [ParameterGradients]) {
        state.withLock { state in
            let sums = state.sums.sorted { $0.key.lowerBound < $1.key.lowerBound }
            return (sums.map { Sum(leaves: $0.key, gradients: $0.value) }, state.free)
        }
    }
}

extension ParameterGradients {
    /// Adds other gradients of the same parameters.
    fileprivate func add(_ other: ParameterGradients) {
        let (sum, values) = (self.values, other.values)
        for range in learnedRanges {
            Kernels.table.add_scaled(
                sum.floats + range.lowerBound, values.floats + range.lowerBound, Int64(range.count), 1)
        }
    }
}
