import Text

/// The tokens that a search may write next, as a tokenizer says.
public struct WritableTokens: Sendable {
    /// What ends a text.
    public let end: Int
    /// Tokens of text, in ascending order.
    private let text: [Range<Int>]
    /// The same at the beginning of a text.
    private let firstText: [Range<Int>]
    private let endMayBeFirst: Bool

    public init(_ tokenizer: some Tokenizer) {
        end = tokenizer.endOfSentence
        let never = tokenizer.suppressedTokens.union(tokenizer.startSequence).union([end])
        text = Self.ranges(of: tokenizer.count, without: never)
        firstText = Self.ranges(of: tokenizer.count, without: never.union(tokenizer.suppressedFirstTokens))
        endMayBeFirst = !tokenizer.suppressedFirstTokens.contains(end)
    }

    /// All of `count` tokens, the first one included, where rules of the search say what may be written.
    public init(count: Int, end: Int) {
        self.end = end
        text = Self.ranges(of: count, without: [end])
        firstText = text
        endMayBeFirst = true
    }

    /// Tokens of text behind `length` tokens, in ascending ranges.
    public func text(length: Int) -> [Range<Int>] { length == 0 ? firstText : text }

    /// Whether a text of `length` tokens may end.
    public func mayEnd(length: Int) -> Bool { length > 0 || endMayBeFirst }

    private static func ranges(of count: Int, without excluded: Set<Int>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for token in excluded.sorted() + [count] where token >= start && token <= count {
            if token > start { ranges.append(start..<token) }
            start = token + 1
        }
        return ranges
    }
}
