import Glibc
import Text

/// What Whisper may write next; openai/whisper, `decoding.py`, `SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules`.
package struct WhisperRules: TokenRules {
    private let special: WhisperTokens
    private let suppressed: [Int]
    private let suppressedFirst: [Int]
    /// nil: no timestamps are asked for.
    private let latestFirstTimestamp: Int?

    /// - Parameters:
    ///   - suppressedTokens: never written; nil: what the tokenizer says.
    ///   - latestStartInSeconds: the latest time at which a window may begin to speak; nil: any.
    package init(_ tokenizer: WhisperTokenizer, suppressedTokens: [Int]?, latestStartInSeconds: Double?) {
        let special = tokenizer.special
        self.special = special
        suppressed = suppressedTokens ?? tokenizer.suppressedTokens.sorted()
        suppressedFirst = tokenizer.suppressedFirstTokens.sorted()
        latestFirstTimestamp =
            tokenizer.hasTimestamps
            ? latestStartInSeconds.map { special.timestamp(atSeconds: $0) } ?? special.timestamps.upperBound - 1 : nil
    }

    package func apply(to logits: UnsafeMutableBufferPointer<Float>, after tokens: [Int]) {
        func forbid(_ range: Range<Int>) { logits[range].update(repeating: -.infinity) }
        for token in suppressed { logits[token] = -.infinity }
        if tokens.isEmpty { for token in suppressedFirst { logits[token] = -.infinity } }
        guard let latestFirstTimestamp else { return }

        let timestamps = special.timestamps
        logits[special.noTimestamps] = -.infinity
        if tokens.isEmpty {
            // A text begins with a timestamp, and not late.
            forbid(0..<timestamps.lowerBound)
            forbid(latestFirstTimestamp + 1..<timestamps.upperBound)
            return
        }

        // Timestamps come in pairs, the end of a segment and the beginning of the next; only the last of a text stands alone.
        let lastIsTimestamp = tokens.last! >= timestamps.lowerBound
        let isPaired = tokens.count < 2 || tokens[tokens.count - 2] >= timestamps.lowerBound
        if lastIsTimestamp { forbid(isPaired ? timestamps : 0..<special.endOfText) }

        // They do not go back, and no segment is empty.
        if let last = tokens.last(where: { $0 >= timestamps.lowerBound }) {
            forbid(timestamps.lowerBound..<(lastIsTimestamp && !isPaired ? last : min(last + 1, timestamps.upperBound)))
        }

        // Where all timestamps together are more probable than any other token, one of them is next.
        let mostProbableText = Self.largest(logits[..<timestamps.lowerBound])
        let largest = logits[timestamps].max()!
        guard largest > -.infinity else { return }
        let sum = logits[timestamps].reduce(Float(0)) { $0 + expf($1 - largest) }
        if largest + logf(sum) > mostProbableText { forbid(0..<timestamps.lowerBound) }
    }

    /// The largest of some numbers, none of which is NaN; -infinity of none.
    package static func largest(_ values: Slice<UnsafeMutableBufferPointer<Float>>) -> Float {
        let values = UnsafeBufferPointer(rebasing: values)
        // Several at a time: the order of the comparisons is free, but a compiler may not know.
        var largest = SIMD16<Float>(repeating: -.infinity)
        let whole = values.count / 16 * 16
        for first in stride(from: 0, to: whole, by: 16) {
            let next = UnsafeRawPointer(values.baseAddress! + first).loadUnaligned(as: SIMD16<Float>.self)
            largest.replace(with: next, where: next .> largest)
        }
        return max(largest.max(), values[whole...].max() ?? -.infinity)
    }
}
