import Files
import Recognition
import Tensors
import Text

/// A scorer whose log probabilities are a function of the tokens so far: for tests whose right answer can be worked out.
final class TableScorer: TokenScorer {
    let canRaiseScores: Bool
    private let logProbabilities: ([Int]) -> [Float]
    private var prefixes: [[Int]] = [[]]
    /// The candidates of every call of `scores(of:)`: what a partial scorer was asked.
    private(set) var askedCandidates: [[[Int]]] = []

    init(canRaiseScores: Bool = false, _ logProbabilities: @escaping ([Int]) -> [Float]) {
        self.canRaiseScores = canRaiseScores
        self.logProbabilities = logProbabilities
    }

    func scores() -> Tensor {
        let rows = prefixes.map(logProbabilities)
        return Tensor(rows.flatMap(\.self), shape: [rows.count, rows[0].count])
    }

    func scores(of candidates: [[Int]]) -> [[Float]] {
        askedCandidates.append(candidates)
        return zip(prefixes, candidates).map { prefix, tokens in
            let row = logProbabilities(prefix)
            return tokens.map { row[$0] }
        }
    }

    func select(parents: [Int], tokens: [Int]) {
        prefixes = zip(parents, tokens).map { prefixes[$0] + [$1] }
    }
}
