import Glibc

extension WordModel {
    /// A beginning of a text: the words before the last one, and what has been written of that.
    package struct State: Sendable {
        /// The words that are complete.
        fileprivate var context: NGramTrie.Context
        fileprivate var distribution: Distribution
        /// What has been written of the last word: where it is in the lexicon; nil: no word begins so.
        fileprivate var node: Int?
        fileprivate var spelling: NGramTrie.Context
        fileprivate var isWordBegun = false
        /// ln of the probability of its spelling so far, as an unknown word.
        fileprivate var spellingLogProbability = 0.0
        /// The probability of all words that begin so.
        fileprivate var mass: Double
    }

    /// The beginning of a text.
    package var start: State { state(after: words.start) }

    private func state(after context: NGramTrie.Context) -> State {
        let distribution = distribution(after: context)
        return State(
            context: context, distribution: distribution, node: Lexicon.root, spelling: spelling.start,
            mass: distribution.sum(lexicon[Lexicon.root].words) + distribution.unknown)
    }

    /// ln of the probability that a token of the recogniser is next: a character, the space that ends a word, or the end of the text.
    package func logProbability(of token: Int, isEnd: Bool, after state: State) -> Float {
        guard token == space || isEnd else {
            return Float(log(mass(behind: state, token).mass) - log(state.mass))
        }
        guard state.isWordBegun else {
            return isEnd ? words.logProbability(of: NGramModel.sentenceEnd, after: state.context) : Self.impossible
        }
        let word = Float(log(completedMass(of: state)) - log(state.mass))
        guard isEnd else { return word }
        let context = words.advanced(state.context, by: writtenWord(of: state))
        return word + words.logProbability(of: NGramModel.sentenceEnd, after: context)
    }

    /// ln of what cannot be: two spaces in a row.
    private static let impossible: Float = -100
    /// No probability is taken to be smaller.
    private static let smallest = 1e-40

    /// The state behind one more token, which is not the end.
    package func advanced(_ state: State, by token: Int) -> State {
        guard token == space else {
            var next = state
            let (mass, node, spellingLogProbability) = mass(behind: state, token)
            next.mass = mass
            next.node = node
            next.spellingLogProbability = spellingLogProbability
            next.spelling = spelling.advanced(state.spelling, by: spellingTokens[token])
            next.isWordBegun = true
            return next
        }
        guard state.isWordBegun else { return state }
        return self.state(after: words.advanced(state.context, by: writtenWord(of: state)))
    }

    /// The number of the word that has been written; that of `<unk>` where it is none of the lexicon.
    private func writtenWord(of state: State) -> Int {
        guard let node = state.node, lexicon[node].word >= 0 else { return NGramModel.unknown }
        return Int(lexicon[node].word)
    }

    /// The probability of all words that begin with what has been written and one more character.
    private func mass(behind state: State, _ token: Int) -> (mass: Double, node: Int?, spellingLogProbability: Double) {
        let spelled =
            state.spellingLogProbability
            + Double(spelling.logProbability(of: spellingTokens[token], after: state.spelling))
        let node = state.node.flatMap { lexicon.child(of: $0, token) }
        let known = node.map { state.distribution.sum(lexicon[$0].words) } ?? 0
        return (max(Self.smallest, known + state.distribution.unknown * exp(spelled)), node, spelled)
    }

    /// The probability of the word that has been written.
    private func completedMass(of state: State) -> Double {
        let word = writtenWord(of: state)
        let known = word == NGramModel.unknown ? 0 : state.distribution.sum(Int32(word)..<Int32(word) + 1)
        let spelled =
            state.spellingLogProbability
            + Double(spelling.logProbability(of: NGramModel.sentenceEnd, after: state.spelling))
        return max(Self.smallest, known + state.distribution.unknown * exp(spelled))
    }
}
