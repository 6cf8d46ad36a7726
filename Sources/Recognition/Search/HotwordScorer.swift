import Tensors

/// A reward for hotwords: so much for each token of a phrase, once it is written whole (shallow fusion with a prefix tree; Zhao et al. 2019,
/// "Shallow-fusion end-to-end contextual biasing"). While it is being written the reward is a hope: it keeps the phrase in the search without
/// driving other texts out of it, and nothing has to be taken back.
///
/// Each phrase is rewarded once in a text: a search that has lost its way would write it over and over.
public final class HotwordScorer: TokenScorer {
    /// Where a hypothesis is in the tree.
    private struct State {
        var node = 0
        /// Tokens of a phrase that is complete already, whose reward it has.
        var securedDepth = 0
        /// Whether a word may begin here.
        var isAtWord = true
        /// The phrases that were written whole.
        var written: Set<Int> = []
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

    /// The reward of a phrase, for the token that shows that it has ended.
    public func scores() -> Tensor {
        let count = tree.endsWord.count
        let result = Tensor(uninitialized: [states.count, count])
        result.floats.update(repeating: 0, count: result.count)
        for (index, state) in states.enumerated() {
            let node = tree.nodes[state.node]
            guard let phrase = node.phrase, !state.written.contains(phrase) else { continue }
            let reward = boost * Float(node.depth - state.securedDepth)
            for token in 0..<count where tree.endsWord[token] { result.floats[index * count + token] = reward }
        }
        return result
    }

    public func hopes() -> [[(token: Int, value: Float)]] {
        states.map { state in
            var hopes: [(token: Int, value: Float)] = []
            func add(_ node: HotwordTree.Node, securedDepth: Int) {
                for (token, child) in node.children.sorted(by: { $0.key < $1.key }) {
                    let depth = node.phrase != nil && tree.endsWord[token] ? node.depth : securedDepth
                    hopes.append((token, boost * Float(tree.nodes[child].depth - depth)))
                }
            }
            if state.node > 0 { add(tree.nodes[state.node], securedDepth: state.securedDepth) }
            if state.isAtWord || tree.precedesWord == nil { add(tree.nodes[0], securedDepth: 0) }
            return hopes
        }
    }

    public func select(parents: [Int], tokens: [Int]) {
        states = zip(parents, tokens).map { next(states[$0], $1) }
    }

    private func next(_ state: State, _ token: Int) -> State {
        var next = State()
        next.isAtWord = tree.precedesWord?[token] ?? true
        let node = tree.nodes[state.node]
        let isWhole = tree.endsWord[token] && node.phrase != nil
        next.written = state.written
        if isWhole, let phrase = node.phrase { next.written.insert(phrase) }
        if state.node > 0, let child = node.children[token] {
            next.node = child
            next.securedDepth = isWhole ? node.depth : state.securedDepth
        } else if state.isAtWord || tree.precedesWord == nil, let child = tree.nodes[0].children[token] {
            next.node = child
        }
        return next
    }
}
