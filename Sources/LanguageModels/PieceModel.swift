import Text

/// A model of characters as one of pieces of words: a piece is as probable as its characters, one after the other.
///
/// A text of pieces begins with a space, which a text of characters does not have.
struct PieceModel<Characters: TextModel>: TextModel {
    let characters: Characters
    /// The characters of each piece, by their tokens.
    private let spellings: [[Int]]
    private let space: Int
    /// The token that ends a text of characters.
    private let end: Int

    struct State: Sendable {
        fileprivate var characters: Characters.State
        /// Whether nothing has been written.
        fileprivate var isEmpty: Bool
    }

    /// - Parameters:
    ///   - characters: a model of the characters of `vocabulary`.
    ///   - pieces: what the recogniser writes.
    init(_ characters: Characters, vocabulary: Vocabulary, pieces: BytePairTokenizer) {
        self.characters = characters
        spellings = (0..<pieces.count).map { vocabulary.tokens(of: pieces.text(of: [$0])) }
        space = vocabulary.tokens(of: " ")[0]
        end = vocabulary.endOfSentence
    }

    var start: State { State(characters: characters.start, isEmpty: true) }

    private func spelling(of token: Int, after state: State) -> ArraySlice<Int> {
        let spelling = spellings[token]
        return state.isEmpty && spelling.first == space ? spelling.dropFirst() : spelling[...]
    }

    func logProbability(of token: Int, isEnd: Bool, after state: State) -> Float {
        if isEnd { return characters.logProbability(of: end, isEnd: true, after: state.characters) }
        var (sum, next) = (Float(0), state.characters)
        let spelling = spelling(of: token, after: state)
        for (place, character) in spelling.enumerated() {
            sum += characters.logProbability(of: character, isEnd: false, after: next)
            if place + 1 < spelling.count { next = characters.advanced(next, by: character) }
        }
        return sum
    }

    func advanced(_ state: State, by token: Int) -> State {
        State(
            characters: spelling(of: token, after: state).reduce(state.characters) { characters.advanced($0, by: $1) },
            isEmpty: false)
    }
}
