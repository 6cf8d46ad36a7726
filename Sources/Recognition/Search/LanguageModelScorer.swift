import LanguageModels
import Tensors

/// A language model as a scorer of tokens (shallow fusion; Gülçehre et al. 2015).
final class LanguageModelScorer<Model: TextModel>: TokenScorer {
    private let model: Model
    private let end: Int
    private let tokenCount: Int
    private var states: [Model.State]

    /// - Parameters:
    ///   - end: what ends a text.
    ///   - tokenCount: of the recogniser.
    init(_ model: Model, end: Int, tokenCount: Int) {
        self.model = model
        self.end = end
        self.tokenCount = tokenCount
        states = [model.start]
    }

    func scores() -> Tensor {
        let result = Tensor(uninitialized: [states.count, tokenCount])
        for (row, scores) in scores(of: states.map { _ in Array(0..<tokenCount) }).enumerated() {
            for (token, score) in scores.enumerated() { result.floats[row * tokenCount + token] = score }
        }
        return result
    }

    func scores(of candidates: [[Int]]) -> [[Float]] {
        zip(states, candidates).map { state, tokens in
            tokens.map { model.logProbability(of: $0, isEnd: $0 == end, after: state) }
        }
    }

    func select(parents: [Int], tokens: [Int]) {
        states = zip(parents, tokens).map { model.advanced(states[$0], by: $1) }
    }
}

/// A network as a scorer of tokens: all hypotheses of a step at once, each going on from the state of the one that it continues.
package final class NetworkScorer: TokenScorer {
    private var reader: NetworkModel.Reader

    package init(_ model: NetworkModel) { reader = NetworkModel.Reader(model) }

    package func scores() -> Tensor { reader.logProbabilities() }

    package func select(parents: [Int], tokens: [Int]) { reader.select(parents: parents, tokens: tokens) }
}

extension LanguageModel {
    /// This model as a scorer of a recogniser's tokens.
    package func scorer(end: Int, tokenCount: Int) -> any TokenScorer {
        func scorer<Model: TextModel>(_ model: Model) -> any TokenScorer {
            LanguageModelScorer(model, end: end, tokenCount: tokenCount)
        }
        return switch content {
        case .ngrams(let model): scorer(model)
        case .network(let model): NetworkScorer(model)
        }
    }
}

/// A language model and its share of the score of a hypothesis; a negative one takes away what the decoder has learned from its own
/// texts.
public struct WeightedLanguageModel: Sendable {
    public let model: LanguageModel
    public let weight: Float
    /// Whether it scores only the texts that the search has found, and not every beginning.
    public let rescores: Bool

    public init(_ model: LanguageModel, weight: Float, rescores: Bool = false) {
        self.model = model
        self.weight = weight
        self.rescores = rescores
    }
}

/// Gives every token but the end one nat: what a language model takes from long texts, its weight gives back.
package final class LengthScorer: TokenScorer {
    private let end: Int
    private let tokenCount: Int
    private var count = 1

    package let canRaiseScores = true

    package init(end: Int, tokenCount: Int) {
        self.end = end
        self.tokenCount = tokenCount
    }

    package func scores() -> Tensor {
        let result = Tensor(uninitialized: [count, tokenCount])
        result.floats.update(repeating: 1, count: result.count)
        for row in 0..<count { result.floats[row * tokenCount + end] = 0 }
        return result
    }

    package func scores(of candidates: [[Int]]) -> [[Float]] { candidates.map { $0.map { $0 == end ? 0 : 1 } } }

    package func select(parents: [Int], tokens: [Int]) { count = parents.count }
}
