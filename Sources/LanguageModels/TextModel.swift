/// A language model that says, token by token of a recogniser, how probable a text is.
package protocol TextModel: Sendable {
    /// What it knows of a beginning of a text.
    associatedtype State: Sendable
    /// Of the empty beginning.
    var start: State { get }
    /// ln of the probability that a token is next, a character or the end of the text.
    func logProbability(of token: Int, isEnd: Bool, after state: State) -> Float
    /// The beginning with one more token, which is not the end.
    func advanced(_ state: State, by token: Int) -> State
}

extension WordModel: TextModel {}

extension TextModel {
    /// ln of the probability of a text with its end.
    package func logProbability(of tokens: [Int], end: Int) -> Double {
        var state = start
        var sum = 0.0
        for token in tokens {
            sum += Double(logProbability(of: token, isEnd: false, after: state))
            state = advanced(state, by: token)
        }
        return sum + Double(logProbability(of: end, isEnd: true, after: state))
    }
}

/// An n-gram of a recogniser's characters.
package struct CharacterModel: TextModel {
    let trie: NGramTrie
    /// The number in the trie of each token of the recogniser.
    let tokens: [Int]

    package var start: NGramTrie.Context { trie.start }

    package func logProbability(of token: Int, isEnd: Bool, after state: NGramTrie.Context) -> Float {
        trie.logProbability(of: tokens[token], after: state)
    }

    package func advanced(_ state: NGramTrie.Context, by token: Int) -> NGramTrie.Context {
        trie.advanced(state, by: tokens[token])
    }
}
