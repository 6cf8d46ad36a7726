import Autograd
import Glibc
import Models
import Tensors
import Text

/// A word of a window and when it was said.
package struct TimedWord: Sendable, Equatable {
    /// With the space before it.
    package var text: String
    package var tokenCount: Int
    /// Seconds from the beginning of the window.
    package var startInSeconds: Double
    package var endInSeconds: Double
    /// The mean probability of its tokens.
    package var probability: Double
    /// How probable it is that the word is right; nil for a model whose confidence is not fitted.
    package var confidence: Double?

    package init(text: String, tokenCount: Int, startInSeconds: Double, endInSeconds: Double, probability: Double) {
        self.text = text
        self.tokenCount = tokenCount
        self.startInSeconds = startInSeconds
        self.endInSeconds = endInSeconds
        self.probability = probability
    }
}

extension WhisperWindow {
    /// When the words of a text were said, by what the decoder attends to; openai/whisper, `timing.py`, `find_alignment`.
    ///
    /// The decoder reads the text once more. Attention weights of the heads that follow the audio are normalised across the tokens,
    /// smoothed over time, and averaged; the cheapest monotonous way through them says where each token begins.
    ///
    /// - Parameters:
    ///   - textTokens: without timestamps
    ///   - frameCount: frames of the window that are not padding
    ///   - heads: [layer, head] of cross-attention heads that follow the audio
    func wordTimes(
        _ textTokens: [Int], frameCount: Int, heads: [[Int]], _ tokenizer: WhisperTokenizer
    ) -> [TimedWord] {
        let special = tokenizer.special
        let positionCount = min(frameCount / 2, self.positionCount)
        guard !textTokens.isEmpty, positionCount > 0 else { return [] }
        var prompted = tokenizer
        prompted.hasTimestamps = false
        let start = prompted.startSequence  // ends in "no timestamps"
        let tokens = (start + textTokens + [special.endOfText]).map(Int32.init)

        // What the decoder attends to, and how probable it finds each token.
        let recorder = AttentionRecorder()
        // [1, token, vocabulary]
        let logits = logits(tokens, on: Tape(precision, attentionRecorder: recorder))
        let probabilities = textTokens.enumerated().map { index, token in
            let row = logits.floats + (start.count - 1 + index) * logits.columnCount
            return Double(probability(of: token, in: UnsafeBufferPointer(start: row, count: special.endOfText)))
        }
        let matrix = Self.attention(
            recorder.weights, heads: heads, tokenCount: tokens.count, positionCount: positionCount)
        // From "no timestamps", which attends to the first token, to the last token of the text.
        let rows = Array(matrix[(start.count - 1) * positionCount..<(tokens.count - 1) * positionCount])
        let way = TimeWarping(cost: rows.map { -$0 }, columnCount: positionCount)
        var starts: [Double] = []
        for (place, row) in way.rows.enumerated() where place == 0 || row != way.rows[place - 1] {
            starts.append(Double(way.columns[place]) * WhisperTokens.secondsPerTimestamp)
        }

        var words: [TimedWord] = []
        var first = 0
        for word in tokenizer.words(of: textTokens + [special.endOfText]).dropLast() {
            let next = first + word.tokens.count
            words.append(
                TimedWord(
                    text: word.text, tokenCount: word.tokens.count, startInSeconds: starts[first],
                    endInSeconds: starts[next],
                    probability: probabilities[first..<next].reduce(0, +) / Double(word.tokens.count)))
            first = next
        }
        return words
    }

    private static let medianWidth = 7

    /// The mean of some heads' weights, normalised across the tokens and smoothed over time: [token, position].
    private static func attention(
        _ layers: [Tensor], heads: [[Int]], tokenCount: Int, positionCount: Int
    ) -> [Float] {
        var mean = [Float](repeating: 0, count: tokenCount * positionCount)
        for head in heads {
            let layer = layers[head[0]]  // [1, head, token, position]
            let columns = layer.columnCount
            let first = layer.floats + head[1] * tokenCount * columns
            // As if there were no padding: the weights of what is there, divided by their sum.
            var weights = [Float](repeating: 0, count: tokenCount * positionCount)
            for token in 0..<tokenCount {
                let row = UnsafeBufferPointer(start: first + token * columns, count: positionCount)
                let sum = max(row.reduce(0, +), .leastNormalMagnitude)
                for position in 0..<positionCount { weights[token * positionCount + position] = row[position] / sum }
            }
            for position in 0..<positionCount {
                let column = stride(from: position, to: weights.count, by: positionCount)
                let average = column.reduce(Float(0)) { $0 + weights[$1] } / Float(tokenCount)
                let variance = column.reduce(Float(0)) { $0 + (weights[$1] - average) * (weights[$1] - average) }
                let deviation = max((variance / Float(tokenCount)).squareRoot(), .leastNormalMagnitude)
                for index in column { weights[index] = (weights[index] - average) / deviation }
            }
            for token in 0..<tokenCount {
                let smooth = medians(weights[token * positionCount..<(token + 1) * positionCount])
                for position in 0..<positionCount {
                    mean[token * positionCount + position] += smooth[position] / Float(heads.count)
                }
            }
        }
        return mean
    }

    /// The median of each value and the three on either side; at the ends the values are reflected. Too few values stay as they are.
    package static func medians(_ values: ArraySlice<Float>) -> [Float] {
        let values = Array(values)
        let half = medianWidth / 2
        guard values.count > half else { return values }
        let padded = (-half..<values.count + half).map { index in
            let inside = abs(index)
            return values[inside < values.count ? inside : 2 * (values.count - 1) - inside]
        }
        return values.indices.map { start in
            var window = (
                padded[start], padded[start + 1], padded[start + 2], padded[start + 3], padded[start + 4],
                padded[start + 5], padded[start + 6]
            )
            return median(&window)
        }
    }

    private typealias Window = (Float, Float, Float, Float, Float, Float, Float)

    /// The median of seven values: what is left of sorting them when only the middle counts (Devillard, Fast median search, 1998).
    private static func median(_ p: inout Window) -> Float {
        func order(_ a: inout Float, _ b: inout Float) { (a, b) = a > b ? (b, a) : (a, b) }
        order(&p.0, &p.5)
        order(&p.0, &p.3)
        order(&p.1, &p.6)
        order(&p.2, &p.4)
        order(&p.0, &p.1)
        order(&p.3, &p.5)
        order(&p.2, &p.6)
        order(&p.2, &p.3)
        order(&p.3, &p.6)
        order(&p.4, &p.5)
        order(&p.1, &p.4)
        order(&p.1, &p.3)
        order(&p.3, &p.4)
        return p.3
    }
}
