import Glibc
import Tensors

extension TokenAlignment {
    /// By the CTC output of an encoder: the most probable way through its labels and blanks that spells the text (forced alignment; Graves
    /// et al. 2006).
    ///
    /// - Parameters:
    ///   - logProbabilities: [position, token], float32
    ///   - tokens: of the text, without blanks
    /// - Returns: nil where there are too few positions for the text.
    package init?(_ logProbabilities: Tensor, tokens: [Int], blank: Int) {
        let (time, vocabulary) = (logProbabilities.rowCount, logProbabilities.columnCount)
        guard !tokens.isEmpty, time > 0 else { return nil }
        // State 2 i + 1 is token i; the others are the blanks around them.
        let stateCount = 2 * tokens.count + 1
        func label(_ state: Int) -> Int { state % 2 == 0 ? blank : tokens[state / 2] }
        // Whether a state may follow the one two before it: over no blank from one token to another one.
        let maySkip = (0..<stateCount).map { $0 % 2 == 1 && $0 > 1 && label($0) != label($0 - 2) }

        var best = [Float](repeating: -.infinity, count: stateCount)
        best[0] = logProbabilities.floats[blank]
        best[1] = logProbabilities.floats[label(1)]
        // How many states before each one the way came from: 0, 1 or 2.
        var steps = [UInt8](repeating: 0, count: time * stateCount)
        for t in 1..<max(1, time) {
            let row = logProbabilities.floats + t * vocabulary
            // From the last state on, so that what is read is of the position before.
            for state in (0..<stateCount).reversed() {
                var (score, step) = (best[state], UInt8(0))
                if state > 0, best[state - 1] > score { (score, step) = (best[state - 1], 1) }
                if maySkip[state], best[state - 2] > score { (score, step) = (best[state - 2], 2) }
                best[state] = score + row[label(state)]
                steps[t * stateCount + state] = step
            }
        }
        var state = best[stateCount - 2] > best[stateCount - 1] ? stateCount - 2 : stateCount - 1
        guard best[state] > -.infinity else { return nil }

        var first = [Int](repeating: 0, count: tokens.count)
        var end = first
        var sums = [Double](repeating: 0, count: tokens.count)
        for t in (0..<time).reversed() {
            if state % 2 == 1 {
                let token = state / 2
                if end[token] == 0 { end[token] = t + 1 }
                first[token] = t
                sums[token] += Double(logProbabilities.floats[t * vocabulary + tokens[token]])
            }
            state -= Int(steps[t * stateCount + state])
        }
        positions = zip(first, end).map { $0..<$1 }
        probabilities = zip(sums, positions).map { exp($0 / Double($1.count)) }
    }
}
