import Tensors
import Text

/// The CTC output of an encoder as a scorer of tokens: the probability that the frames spell a text that begins with a
/// prefix; Watanabe et al. 2017, section 4.2 (Graves 2012, prefix search).
///
/// For every prefix it keeps, frame by frame, the probability of having spelled just the prefix, ending in its last
/// character or in blank. A new character starts at some frame: the sum over those frames is the prefix score.
public final class CTCPrefixScorer: TokenScorer {
    /// Log probabilities of one prefix.
    private struct Prefix {
        /// [frame]: spelled the prefix, the last frame being its last character.
        var ending: [Float]
        /// [frame]: spelled the prefix, the last frame being blank.
        var blank: [Float]
        /// Of all texts that begin with the prefix.
        var score: Float
        var lastToken: Int
    }

    private let logProbabilities: Tensor  // [1, frame, vocabulary]
    private let frameCount: Int
    private let vocabularySize: Int
    private var prefixes: [Prefix]
    private var extended: [[Int: Prefix]] = []

    /// - Parameter logProbabilities: of one utterance, [1, frame, vocabulary]
    public init(logProbabilities: Tensor) {
        precondition(
            logProbabilities.shape.count == 3 && logProbabilities.shape[0] == 1,
            "CTCPrefixScorer: log probabilities \(logProbabilities.shape)")
        self.logProbabilities = logProbabilities
        frameCount = logProbabilities.shape[1]
        vocabularySize = logProbabilities.shape[2]
        var blank = [Float](repeating: 0, count: frameCount)
        var sum: Float = 0
        for frame in 0..<frameCount {
            sum += logProbabilities.floats[frame * vocabularySize + Vocabulary.blank]
            blank[frame] = sum
        }
        prefixes = [
            Prefix(
                ending: Array(repeating: -.infinity, count: frameCount), blank: blank, score: 0,
                lastToken: Vocabulary.startOfSentence)
        ]
    }

    /// The gain of each candidate: log p(prefix + token ...) - log p(prefix ...); for the end, log p(exactly the prefix).
    public func scores(candidates: [[Int]]?) -> [[Float]] {
        let all = Array(0..<vocabularySize)
        extended = Array(repeating: [:], count: prefixes.count)
        return prefixes.indices.map { index in
            let prefix = prefixes[index]
            var scores = [Float](repeating: -.infinity, count: vocabularySize)
            for token in candidates?[index] ?? all {
                if token == Vocabulary.endOfSentence {
                    scores[token] = logSum(prefix.ending[frameCount - 1], prefix.blank[frameCount - 1]) - prefix.score
                } else if token >= Vocabulary.specialNames.count {
                    let longer = extending(prefix, by: token)
                    scores[token] = longer.score - prefix.score
                    extended[index][token] = longer
                }
            }
            return scores
        }
    }

    public func select(parents: [Int], tokens: [Int]) {
        prefixes = zip(parents, tokens).map { parent, token in
            guard let prefix = extended[parent][token] else {
                preconditionFailure("CTCPrefixScorer: token \(token) was no candidate of hypothesis \(parent)")
            }
            return prefix
        }
    }

    private func extending(_ prefix: Prefix, by token: Int) -> Prefix {
        let isRepeated = token == prefix.lastToken
        let isEmpty = prefix.lastToken == Vocabulary.startOfSentence
        var longer = Prefix(
            ending: Array(repeating: -.infinity, count: frameCount),
            blank: Array(repeating: -.infinity, count: frameCount), score: -.infinity, lastToken: token)
        let values = logProbabilities.floats
        for frame in 0..<frameCount {
            let emission = values[frame * vocabularySize + token]
            // The prefix is complete at the frame before: a repeated character needs a blank between.
            let before: Float =
                frame == 0
                ? (isEmpty ? 0 : -.infinity)
                : (isRepeated ? prefix.blank[frame - 1] : logSum(prefix.ending[frame - 1], prefix.blank[frame - 1]))
            let started = before + emission
            longer.score = logSum(longer.score, started)
            if frame == 0 {
                longer.ending[0] = started
                continue
            }
            longer.ending[frame] = logSum(started, longer.ending[frame - 1] + emission)
            longer.blank[frame] =
                logSum(longer.ending[frame - 1], longer.blank[frame - 1])
                + values[frame * vocabularySize + Vocabulary.blank]
        }
        return longer
    }
}
