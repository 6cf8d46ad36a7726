import Autograd
import CKernels
import Synchronization
import Tensors

/// Adds up the gradients of the micro-batches of a batch, in an order that depends on their number alone: a binary tree over the
/// index of the micro-batch.
///
/// The sum of several micro-batches is that of their first half plus that of their second half; of an odd number the first half has
/// one more. Threads hand in gradients in any order, part by part as their backward passes go on; whoever hands in the second half adds the
/// two. So the bits are the same for any number of threads, and for any number of processes, each of which has consecutive micro-batches.
///
/// The whole is left as its two halves, for `GradientReduction` to add in pieces while it computes the norm. Of several processes
/// each is left with the sums that it cannot add to another one of its own, for `GradientExchange`.
package final class GradientTree: Sendable {
    /// A sum, and what is to be added to it: the sum of the micro-batches beside it.
    package typealias Step = (node: Range<Int>, sibling: Range<Int>)

    private struct State {
        /// The memory of each micro-batch by its index. A sum lies in that of its first one.
        var memory: [Int: ParameterGradients] = [:]
        /// Of each part: sums whose other half is not there yet.
        var waiting: [Set<Range<Int>>]
        /// Of each part: sums that are left and complete.
        var completeCounts: [Int]
        /// By the index of a micro-batch: how many parts of its memory were added to another.
        var addedCounts: [Int: Int] = [:]
        /// Gradients that nobody uses.
        var free: [ParameterGradients]
    }

    let parts: GradientParts
    private let leafCount: Int
    /// The sums that are left, by their micro-batches, in their order.
    package let nodes: [Range<Int>]
    private let state: Mutex<State>
    private let make: @Sendable () -> ParameterGradients

    /// - Parameters:
    ///   - leafCount: micro-batches, at least 1.
    ///   - own: those whose gradients are handed in here; nil: all.
    ///   - parts: how their memory is cut.
    ///   - free: gradients of an earlier batch, to be used again.
    ///   - make: makes another.
    package init(
        leafCount: Int, own: Range<Int>? = nil, _ parts: GradientParts, reusing free: [ParameterGradients],
        make: @escaping @Sendable () -> ParameterGradients
    ) {
        precondition(leafCount > 0, "GradientTree: no micro-batches")
        self.leafCount = leafCount
        self.parts = parts
        nodes = Self.nodes(leafCount: leafCount, own: own ?? 0..<leafCount)
        let count = parts.ranges.count
        state = Mutex(
            State(
                waiting: Array(repeating: [], count: count), completeCounts: Array(repeating: 0, count: count),
                free: free))
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

    /// What hands in the gradient of a micro-batch, which is all zero.
    package func leaf(_ index: Int) -> GradientLeaf {
        let gradients = state.withLock { $0.free.popLast() } ?? make()
        gradients.reset()
        state.withLock { $0.memory[index] = gradients }
        return GradientLeaf(gradients, of: self, path: path(to: index))
    }

    /// Hands in a part of a micro-batch's gradient, and adds what can be added.
    ///
    /// - Parameter path: from the micro-batch upwards.
    func add(part: Int, _ path: [Step]) {
        for (node, sibling) in path {
            let (left, right) = (
                min(node.lowerBound, sibling.lowerBound), max(node.lowerBound, sibling.lowerBound)
            )
            let halves = state.withLock { state -> (left: ParameterGradients, right: ParameterGradients)? in
                guard state.waiting[part].remove(sibling) != nil else {
                    state.waiting[part].insert(node)
                    return nil
                }
                return (state.memory[left]!, state.memory[right]!)
            }
            guard let halves else { return }
            let range = parts.ranges[part]
            Kernels.table.add_scaled(
                halves.left.memory.floats + range.lowerBound, halves.right.memory.floats + range.lowerBound,
                Int64(range.count), 1)
            state.withLock { state in
                state.addedCounts[right, default: 0] += 1
                if state.addedCounts[right] == parts.ranges.count {
                    state.free.append(state.memory.removeValue(forKey: right)!)
                }
            }
        }
        state.withLock { $0.completeCounts[part] += 1 }
    }

    /// From a micro-batch upwards to the sum that is left.
    private func path(to leaf: Int) -> [Step] {
        var leaves = nodes.first { $0.contains(leaf) }!
        var path: [Step] = []
        while leaves.count > 1 {
            let middle = Self.middle(leaves)
            let (left, right) = (leaves.lowerBound..<middle, middle..<leaves.upperBound)
            path.append(leaf < middle ? (left, right) : (right, left))
            leaves = path[path.count - 1].node
        }
        return path.reversed()
    }

    /// Whether a part of all sums that are left is complete.
    func isComplete(part: Int) -> Bool { state.withLock { $0.completeCounts[part] == nodes.count } }

    /// Where the sum of one of `nodes` lies: what is complete of it.
    package func sum(_ node: Range<Int>) -> ParameterGradients { state.withLock { $0.memory[node.lowerBound]! } }

    /// All sums that are left, in the order of the micro-batches.
    package var sums: [ParameterGradients] { nodes.map { sum($0) } }

    /// Gradients that can be used again: when all have been handed in, all but `sums`.
    package var free: [ParameterGradients] { state.withLock { $0.free } }
}
