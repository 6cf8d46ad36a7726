import Recognition
import Text

/// A scorer whose log probabilities are a function of the tokens so far: for tests whose right answer can be worked out.
final class TableScorer: TokenScorer {
    private let logProbabilities: ([Int]) -> [Float]
    private var prefixes: [[Int]] = [[]]

    init(_ logProbabilities: @escaping ([Int]) -> [Float]) { self.logProbabilities = logProbabilities }

    func scores(candidates: [[Int]]?) -> [[Float]] { prefixes.map(logProbabilities) }

    func select(parents: [Int], tokens: [Int]) {
        prefixes = zip(parents, tokens).map { prefixes[$0] + [$1] }
    }
}
