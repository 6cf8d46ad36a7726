import Autograd
import CKernels
import Synchronization
import Tensors

/// Adds up the gradients of the micro-batches of a batch, in an order that depends on their number alone: a binary tree over the
/// index of the micro-batch.
///
/// Node k of level l is the sum of micro-batches k 2^l up to (k + 1) 2^l: the left child plus the right one, or the left child
/// alone where there is no right one. Threads hand in gradients in any order; whoever hands in the second child of a node adds
/// the two. So the bits are the same for any number of threads, and will be for parts of a batch on several machines.
///
/// The root is left as its two children, for `GradientReduction` to add in pieces while it computes the norm.
package final class GradientTree: Sendable {
    /// A sum of the tree.
    private struct Node: Hashable {
        var level: Int
        var index: Int
    }

    private struct State {
        /// Sums whose sibling is not there yet.
        var waiting: [Node: ParameterGradients] = [:]
        /// The children of the root.
        var top: [ParameterGradients?] = [nil, nil]
        /// Gradients that nobody uses.
        var free: [ParameterGradients]
    }

    private let leafCount: Int
    /// The level of the children of the root; -1 for a single leaf.
    private let topLevel: Int
    private let state: Mutex<State>
    private let make: @Sendable () -> ParameterGradients

    /// - Parameters:
    ///   - leafCount: micro-batches, at least 1.
    ///   - free: gradients of an earlier batch, to be used again.
    ///   - make: makes another.
    package init(leafCount: Int, reusing free: [ParameterGradients], make: @escaping @Sendable () -> ParameterGradients)
    {
        precondition(leafCount > 0, "GradientTree: no micro-batches")
        self.leafCount = leafCount
        topLevel = leafCount == 1 ? -1 : (leafCount - 1).bitWidth - (leafCount - 1).leadingZeroBitCount - 1
        state = Mutex(State(free: free))
        self.make = make
    }

    /// Gradients, all zero, for one micro-batch.
    package func makeLeaf() -> ParameterGradients {
        let gradients = state.withLock { $0.free.popLast() } ?? make()
        gradients.reset()
        return gradients
    }

    /// Hands in the gradient of a micro-batch, and adds what can be added.
    package func add(_ gradients: ParameterGradients, leaf: Int) {
        var node = Node(level: 0, index: leaf)
        var sum = gradients
        while node.level < topLevel {
            let sibling = Node(level: node.level, index: node.index ^ 1)
            if sibling.index << sibling.level < leafCount {
                let other = state.withLock { state -> ParameterGradients? in
                    if let other = state.waiting.removeValue(forKey: sibling) { return other }
                    state.waiting[node] = sum
                    return nil
                }
                guard let other else { return }
                let (left, right) = node.index < sibling.index ? (sum, other) : (other, sum)
                left.add(right)
                state.withLock { $0.free.append(right) }
                sum = left
            }
            node = Node(level: node.level + 1, index: node.index / 2)
        }
        state.withLock { $0.top[node.index] = sum }
    }

    /// The children of the root, one or two, when all micro-batches have been handed in, and all gradients that are free.
    package func finish() -> (sums: [ParameterGradients], free: [ParameterGradients]) {
        state.withLock { ($0.top.compactMap(\.self), $0.free) }
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
