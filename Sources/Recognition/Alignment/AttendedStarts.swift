import Autograd
import Glibc
import Models
import NeuralNetwork
import Tensors

/// The position at which each token of a text begins, and that at which the last one ends, by what the decoder attends to;
/// openai/whisper, `timing.py`, `find_alignment`.
///
/// Attention weights of the heads that follow the audio are normalised across the tokens, smoothed over time, and averaged; the cheapest
/// monotonous way through them says where each token begins.
///
/// - Parameters:
///   - layers: cross-attention weights of each decoder layer over the start sequence, the text and the end, [1, head, token, position]
///   - heads: [layer, head] of those that follow the audio
///   - startCount: tokens before the text
///   - tokenCount: of start sequence, text and end together
///   - positionCount: those that are not padding, at least 1
/// - Returns: one more than the text has tokens.
package func attendedStarts(
    _ layers: [Tensor], heads: [[Int]], startCount: Int, tokenCount: Int, positionCount: Int
) -> [Int] {
    let matrix = attention(layers, heads: heads, tokenCount: tokenCount, positionCount: positionCount)
    // From the last token of the start, which attends to the first of the text, to the last one of the text.
    let rows = Array(matrix[(startCount - 1) * positionCount..<(tokenCount - 1) * positionCount])
    let way = TimeWarping(cost: rows.map { -$0 }, columnCount: positionCount)
    var starts: [Int] = []
    for (place, row) in way.rows.enumerated() where place == 0 || row != way.rows[place - 1] {
        starts.append(way.columns[place])
    }
    return starts
}

extension EncoderDecoder {
    /// How probable the decoder finds each token of a text, given those before it.
    ///
    /// - Parameters:
    ///   - tokens: start sequence and text, and what follows
    ///   - first: the place of the first token of the text, at least 1
    ///   - end: the place behind its last one
    ///   - vocabularySize: how many tokens, from the first on, may be written
    ///   - memory: what was heard
    func tokenProbabilities(
        _ tokens: [Int32], from first: Int, to end: Int, vocabularySize: Int, memory: DecoderMemory, on tape: Tape
    ) -> [Double] {
        var probabilities: [Double] = []
        forEachLogits(tokens, memory: memory, on: tape) { positions, logits in
            // The row of a position says what follows it.
            for position in positions where first - 1..<end - 1 ~= position {
                let row = UnsafeBufferPointer(
                    start: logits.floats + (position - positions.lowerBound) * logits.columnCount,
                    count: vocabularySize)
                probabilities.append(Double(probability(of: Int(tokens[position + 1]), in: row)))
            }
        }
        return probabilities
    }
}

private let medianWidth = 7

/// The mean of some heads' weights, normalised across the tokens and smoothed over time: [token, position].
private func attention(
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
package func medians(_ values: ArraySlice<Float>) -> [Float] {
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
private func median(_ p: inout Window) -> Float {
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
