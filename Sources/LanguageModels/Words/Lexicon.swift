/// The words of a language model as a prefix tree over the tokens of a recogniser. Words are sorted, so that those with a common
/// beginning have numbers that follow one another.
struct Lexicon: Sendable {
    /// A beginning of words.
    struct Node: Sendable {
        /// The numbers of the words that begin so.
        var words: Range<Int32>
        /// The number of the word that is no longer than that; -1: it is none.
        var word: Int32 = -1
        /// Where its longer beginnings are.
        var children: Range<Int32> = 0..<0
        /// The last token of it.
        var token: Int32
    }

    private let nodes: [Node]

    /// The empty beginning.
    static let root = 0

    /// - Parameters:
    ///   - spellings: the tokens of each word; words come in such an order that equal beginnings stand together. Empty ones are left out.
    ///   - firstWord: the number of the first of them.
    init(spellings: [[Int]], firstWord: Int) {
        var nodes = [Node(words: Int32(firstWord)..<Int32(firstWord + spellings.count), token: -1)]
        var depths = [0]
        var next = 0
        while next < nodes.count {
            let depth = depths[next]
            var place = nodes[next].words.lowerBound
            let end = nodes[next].words.upperBound
            let firstChild = Int32(nodes.count)
            while place < end {
                let spelling = spellings[Int(place) - firstWord]
                guard spelling.count > depth else {
                    if !spelling.isEmpty { nodes[next].word = place }
                    place += 1
                    continue
                }
                let first = place
                let token = spelling[depth]
                while place < end, Self.token(spellings[Int(place) - firstWord], depth) == token { place += 1 }
                nodes.append(Node(words: first..<place, token: Int32(token)))
                depths.append(depth + 1)
            }
            nodes[next].children = firstChild..<Int32(nodes.count)
            next += 1
        }
        self.nodes = nodes
    }

    private static func token(_ spelling: [Int], _ depth: Int) -> Int? {
        depth < spelling.count ? spelling[depth] : nil
    }

    subscript(node: Int) -> Node { nodes[node] }

    /// The beginning that is one token longer; nil where no word begins so.
    func child(of node: Int, _ token: Int) -> Int? {
        nodes[node].children.first { nodes[Int($0)].token == token }.map(Int.init)
    }
}
