import CKernels
import Tensors
import Text

/// The CTC output of an encoder as a scorer of tokens: the probability that the frames spell a text that begins with a
/// prefix; Watanabe et al. 2017, section 4.2 (Graves 2012, prefix search).
///
/// For every prefix it keeps, frame by frame, the probability of having spelled just the prefix, ending in its last
/// character or in blank. A new character starts at some frame: the sum over those frames is the prefix score.
public final class CTCPrefixScorer: TokenScorer {
    /// What is known of one hypothesis besides its history.
    private struct Prefix {
        /// Nil: it is empty.
        var lastToken: Int?
        /// Log probability of all texts that begin with it.
        var score: Float
    }

    /// Prefixes one token longer than those kept, side by side.
    private struct Extensions {
        /// [frame, lane]: spelled the prefix, the frame being its last character, or blank.
        var ending: Tensor
        var blank: Tensor
        var scores: [Float]
        /// Where each token of each hypothesis is.
        var lanes: [[Int: Int]]
    }

    private let logProbabilities: Tensor  // [1, frame, vocabulary]
    private let blank: Int
    private let end: Int
    /// Which tokens a text may have.
    private let isText: [Bool]
    private let frameCount: Int
    private let vocabularySize: Int
    private var prefixes: [Prefix]
    /// [2 * hypothesis, frame + 1]: spelled the prefix before the frame; and below it, the same with a blank at the end,
    /// which a repeated character needs.
    private var history: Tensor
    private var extensions: Extensions?

    /// - Parameters:
    ///   - logProbabilities: of one utterance, [1, frame, vocabulary]
    ///   - blank: the token that stands for no character
    ///   - tokens: what a text may have
    public init(logProbabilities: Tensor, blank: Int, tokens: WritableTokens) {
        precondition(
            logProbabilities.shape.count == 3 && logProbabilities.shape[0] == 1 && logProbabilities.shape[1] > 0,
            "CTCPrefixScorer: log probabilities \(logProbabilities.shape)")
        self.blank = blank
        end = tokens.end
        var isText = [Bool](repeating: false, count: logProbabilities.shape[2])
        for range in tokens.text(length: 1) { for token in range where token != blank { isText[token] = true } }
        self.isText = isText
        self.logProbabilities = logProbabilities
        frameCount = logProbabilities.shape[1]
        vocabularySize = logProbabilities.shape[2]
        // The empty prefix: complete before the first frame, and as long as all is blank.
        prefixes = [Prefix(lastToken: nil, score: 0)]
        history = Tensor(uninitialized: [2, frameCount + 1])
        var sum: Float = 0
        for frame in 0...frameCount {
            for row in 0...1 { history.floats[row * (frameCount + 1) + frame] = sum }
            if frame < frameCount {
                sum += max(logProbabilities.floats[frame * vocabularySize + blank], Self.zero)
            }
        }
    }

    /// Log probabilities below this stand for log 0.
    private static let impossible = zero / 2
    private static let zero = Float(CTC_PREFIX_ZERO)

    /// The gain of every token: log p(prefix + token ...) - log p(prefix ...); for the end, log p(exactly the prefix) less
    /// log p(prefix ...).
    public func scores() -> Tensor {
        let all = isText.indices.filter { isText[$0] } + [end]
        let gains = scores(of: Array(repeating: all, count: prefixes.count))
        let result = Tensor(uninitialized: [prefixes.count, vocabularySize])
        result.floats.update(repeating: -.infinity, count: result.count)
        for (index, gains) in gains.enumerated() {
            for (token, gain) in zip(all, gains) { result.floats[index * vocabularySize + token] = gain }
        }
        return result
    }

    public func scores(of candidates: [[Int]]) -> [[Float]] {
        let extensions = extended(by: candidates.map { $0.filter { isText[$0] } })
        self.extensions = extensions
        return candidates.enumerated().map { index, candidates in
            candidates.map { token in
                let logProbability: Float =
                    if token == end {
                        history.floats[2 * index * (frameCount + 1) + frameCount]
                    } else {
                        extensions.lanes[index][token].map { extensions.scores[$0] } ?? -.infinity
                    }
                return logProbability < Self.impossible ? -.infinity : logProbability - prefixes[index].score
            }
        }
    }

    public func select(parents: [Int], tokens: [Int]) {
        guard let extensions else { preconditionFailure("CTCPrefixScorer: select before scores") }
        let longer = Tensor(uninitialized: [2 * parents.count, frameCount + 1])
        prefixes = zip(parents, tokens).enumerated().map { index, choice in
            let (parent, token) = choice
            guard let lane = extensions.lanes[parent][token] else {
                preconditionFailure("CTCPrefixScorer: token \(token) was no candidate of hypothesis \(parent)")
            }
            Kernels.table.ctc_prefix_history(
                longer.floats + 2 * index * (frameCount + 1), extensions.ending.floats, extensions.blank.floats,
                Int64(lane), Int64(extensions.scores.count), Int64(frameCount))
            return Prefix(lastToken: token, score: extensions.scores[lane])
        }
        history = longer
        self.extensions = nil
    }

    /// Every hypothesis followed by each of its tokens.
    private func extended(by tokens: [[Int]]) -> Extensions {
        var lanes: [[Int: Int]] = []
        var rows: [Int32] = []
        var laneTokens: [Int32] = []
        for (index, tokens) in tokens.enumerated() {
            var places: [Int: Int] = [:]
            for token in tokens where places.updateValue(rows.count, forKey: token) == nil {
                rows.append(Int32(2 * index + (token == prefixes[index].lastToken ? 1 : 0)))
                laneTokens.append(Int32(token))
            }
            lanes.append(places)
        }
        let count = rows.count
        let ending = Tensor(uninitialized: [frameCount, count])
        let blank = Tensor(uninitialized: [frameCount, count])
        let scores = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress {
                Kernels.table.ctc_prefix(
                    ending.floats, blank.floats, base, history.floats, rows, laneTokens, Int64(count),
                    logProbabilities.floats, Int64(frameCount), Int64(vocabularySize), Int32(self.blank))
            }
            initialized = count
        }
        return Extensions(ending: ending, blank: blank, scores: scores, lanes: lanes)
    }
}
