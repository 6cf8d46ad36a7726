import Tensors

/// A reward for hotwords: so much for each token of a phrase while it is written, taken back where it goes on as something else
/// (shallow fusion with a prefix tree; Zhao et al. 2019, "Shallow-fusion end-to-end contextual biasing").
public final class HotwordScorer: TokenScorer {
    /// Where a hypothesis is in the tree.
    private struct State {
        var node = 0
        /// Tokens of a phrase that is complete already, whose reward stays.
        var securedDepth = 0
        /// Whether a word may begin here.
        var isAtWord = true
    }

    private let tree: HotwordTree
    /// For each token of a phrase, in nats.
    private let boost: Float
    private var states = [State()]

    public init(_ tree: HotwordTree, boost: Float) {
        self.tree = tree
        self.boost = boost
    }

    public var canRaiseScores: Bool { true }

    public func scores() -> Tensor {
        let count = tree.endsWord.count
        let result = Tensor(uninitialized: [states.count, count])
        for (index, state) in states.enumerated() {
            let row = result.floats + index * count
            let node = tree.nodes[state.node]
            let lost = -boost * Float(node.depth - state.securedDepth)
            row.update(repeating: lost, count: count)
            if node.isEnd {
                for token in 0..<count where tree.endsWord[token] { row[token] = 0 }
            }
            if state.isAtWord || tree.precedesWord == nil {
                for token in tree.nodes[0].children.keys { row[token] += boost }
            }
            if state.node > 0 { for token in node.children.keys { row[token] = boost } }
        }
        return result
    }

    public func select(parents: [Int], tokens: [Int]) {
        states = zip(parents, tokens).map { next(states[$0], $1) }
    }

    private func next(_ state: State, _ token: Int) -> State {
        var next = State()
        next.isAtWord = tree.precedesWord?[token] ?? true
        let node = tree.nodes[state.node]
        if state.node > 0, let child = node.children[token] {
            next.node = child
            next.securedDepth = node.isEnd && tree.endsWord[token] ? node.depth : state.securedDepth
        } else if state.isAtWord || tree.precedesWord == nil, let child = tree.nodes[0].children[token] {
            next.node = child
        }
        return next
    }
}
