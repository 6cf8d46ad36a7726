import Autograd

/// The gradient of one micro-batch on its way into a `GradientTree`, part by part. It belongs to one thread.
package final class GradientLeaf {
    /// Where the backward pass adds it up, all zero at first.
    package let gradients: ParameterGradients
    private let tree: GradientTree
    /// From the micro-batch upwards: the sums that have it, each with what is to be added to it.
    private let path: [GradientTree.Step]
    /// Of each part: parameters whose gradient is not there yet.
    private var missing: [Int]

    init(_ gradients: ParameterGradients, of tree: GradientTree, path: [GradientTree.Step]) {
        self.gradients = gradients
        self.tree = tree
        self.path = path
        missing = tree.parts.parameterCounts
    }

    /// The gradient of a parameter is there: hands in the parts that have waited for it.
    package func finish(_ parameter: Parameter) {
        gradients.define(parameter)
        for part in tree.parts.parts(of: parameter) {
            missing[part] -= 1
            if missing[part] == 0 { tree.add(part: part, path) }
        }
    }

    /// Hands in all parts that have not been handed in yet.
    package func finish() {
        let parts = missing.indices.filter { missing[$0] > 0 }
        if parts.isEmpty { return }
        _ = gradients.values  // what has no gradient counts as zero
        for part in parts {
            missing[part] = 0
            tree.add(part: part, path)
        }
    }
}
