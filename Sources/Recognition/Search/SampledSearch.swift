import Glibc
import Numerics
import Tensors

/// Writes several texts whose tokens are drawn by their probability at a temperature, each by itself.
public struct SampledSearch: Sendable {
    public let textCount: Int
    /// Above 0: logits are divided by it. High ones make improbable tokens more probable.
    public let temperature: Float
    /// The most tokens that a text may have.
    public let maximumLength: Int
    /// See `Hypothesis.scorePerToken`.
    public let lengthPenalty: Float
    /// What ends a text.
    public let end: Int

    public init(textCount: Int, temperature: Float, maximumLength: Int, lengthPenalty: Float = 0, end: Int) {
        precondition(textCount >= 1 && temperature > 0, "SampledSearch: \(textCount) texts, temperature \(temperature)")
        self.textCount = textCount
        self.temperature = temperature
        self.maximumLength = maximumLength
        self.lengthPenalty = lengthPenalty
        self.end = end
    }

    /// The texts, those with the best score per token first. Log probabilities are those at temperature 1.
    ///
    /// - Throws: what the scorer throws.
    public func callAsFunction(_ scorer: some TokenScorer, using generator: inout SplitMix64) throws -> [Hypothesis] {
        // At first all texts are the only hypothesis that the scorer has.
        var running = [Hypothesis(scores: [0])]
        var finished: [Hypothesis] = []
        for length in 0..<maximumLength {
            let scores = try scorer.scores()  // [row, token]
            var next: [Hypothesis] = []
            var parents: [Int] = []
            for text in 0..<(length == 0 ? textCount : running.count) {
                let row = length == 0 ? 0 : text
                let values = UnsafeBufferPointer(
                    start: scores.floats + row * scores.columnCount, count: scores.columnCount)
                let token = draw(from: values, using: &generator)
                var hypothesis = running[row]
                hypothesis.logProbability += values[token]
                hypothesis.modelLogProbability += values[token]
                hypothesis.scores[0] += values[token]
                hypothesis.tokenScores.append(values[token])
                if token == end {
                    hypothesis.isComplete = true
                    finished.append(hypothesis)
                } else {
                    hypothesis.tokens.append(token)
                    next.append(hypothesis)
                    parents.append(row)
                }
            }
            running = next
            if next.isEmpty { break }
            scorer.select(parents: parents, tokens: next.map { $0.tokens.last! })
        }
        return (finished + running).sorted {
            $0.scorePerToken(lengthPenalty: lengthPenalty) > $1.scorePerToken(lengthPenalty: lengthPenalty)
        }
    }

    /// A token, drawn with probability proportional to exp(log probability / temperature).
    private func draw(from logProbabilities: UnsafeBufferPointer<Float>, using generator: inout SplitMix64) -> Int {
        let largest = logProbabilities.max() ?? 0
        func weight(_ value: Float) -> Double { exp(Double((value - largest) / temperature)) }
        let sum = logProbabilities.reduce(0.0) { $0 + weight($1) }
        var rest = generator.uniformDouble() * sum
        var last = 0
        for (token, value) in logProbabilities.enumerated() where value > -.infinity {
            rest -= weight(value)
            last = token
            if rest < 0 { break }
        }
        return last
    }
}
