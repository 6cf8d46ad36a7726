import Text

/// Words and phrases that are expected in a recording, as a prefix tree of their tokens.
public struct HotwordTree: Sendable {
    /// A beginning of some phrases.
    struct Node: Sendable {
        var children: [Int: Int] = [:]
        /// Tokens from the root.
        var depth: Int
        /// The number of the phrase that ends here; nil: none does.
        var phrase: Int?
    }

    /// The first is the root.
    private(set) var nodes = [Node(depth: 0)]
    /// By token: whether a word ends before it, so that a phrase that it follows is complete.
    let endsWord: [Bool]
    /// By token: whether a word may begin behind it; nil: a token that begins a word says so itself, by the space in it.
    let precedesWord: [Bool]?

    /// What a token of a phrase is worth, in nats, where nothing else is asked for; measured in docs/transcribing.md.
    var usualBoost: Float { precedesWord == nil ? 5 : 2 }

    /// Whether there is no phrase.
    public var isEmpty: Bool { nodes.count == 1 }

    /// - Parameter phrases: as the model writes them; for one that writes pieces of words, each also with a capital.
    public init(_ phrases: [String], for model: some Tokenizer) {
        let texts = (0..<model.count).map { model.text(of: [$0]) }
        endsWord = texts.map { text in text.first.map { !$0.isLetter && !$0.isNumber && $0 != "'" } ?? true }
        let hasPieces = texts.contains { $0.first == " " && $0.last?.isLetter == true }
        precedesWord = hasPieces ? nil : texts.map { $0.last.map(\.isWhitespace) ?? true }
        for (number, phrase) in phrases.enumerated() {
            let words = phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard let first = words.first else { continue }
            let spellings = hasPieces ? [words, first.uppercased() + words.dropFirst()].map { " " + $0 } : [words]
            for spelling in spellings { add(model.tokens(of: spelling), phrase: number) }
        }
    }

    private mutating func add(_ tokens: [Int], phrase: Int) {
        var node = 0
        for token in tokens {
            if let child = nodes[node].children[token] {
                node = child
            } else {
                nodes.append(Node(depth: nodes[node].depth + 1))
                nodes[node].children[token] = nodes.count - 1
                node = nodes.count - 1
            }
        }
        if node > 0 { nodes[node].phrase = phrase }
    }
}
