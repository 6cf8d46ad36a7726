/// How the tokens of an n-gram are packed into one number, so that n-grams are compared and sorted as numbers.
///
/// In reading order the first token has the highest bits: n-grams that begin alike lie side by side. In suffix order the last one has:
/// n-grams that end alike lie side by side.
struct NGramKey: Sendable {
    /// Tokens of an n-gram.
    let order: Int
    let bitsPerToken: Int

    /// The most bits that a key has.
    static let bitCount = 128

    /// - Throws: `LanguageModelError` where `order` tokens have no room.
    init(order: Int, vocabularySize: Int) throws(LanguageModelError) {
        self.order = order
        bitsPerToken = max(1, Int.bitWidth - (max(2, vocabularySize) - 1).leadingZeroBitCount)
        guard order * bitsPerToken <= Self.bitCount else {
            throw LanguageModelError(
                "an order of \(order) is too high for \(vocabularySize) tokens; at most \(Self.bitCount / bitsPerToken) can be used"
            )
        }
    }

    /// The bits of one token, at the low end.
    var tokenMask: UInt128 { (1 << UInt128(bitsPerToken)) - 1 }

    /// The bits of the last `count` tokens in reading order.
    func mask(_ count: Int) -> UInt128 {
        count * bitsPerToken >= Self.bitCount ? .max : (1 << UInt128(count * bitsPerToken)) - 1
    }

    /// A key in reading order with one more token at its end.
    func appending(_ token: Int, to key: UInt128) -> UInt128 { key << UInt128(bitsPerToken) | UInt128(token) }

    /// The key in reading order without its last token.
    func context(of key: UInt128) -> UInt128 { key >> UInt128(bitsPerToken) }

    /// The last token of a key in reading order.
    func lastToken(of key: UInt128) -> Int { Int(truncatingIfNeeded: key & tokenMask) }

    /// The tokens of a key in reading order.
    func tokens(of key: UInt128, order: Int) -> [Int] {
        (0..<order).map { Int(truncatingIfNeeded: key >> UInt128((order - 1 - $0) * bitsPerToken) & tokenMask) }
    }

    /// The key in reading order of the last `count` tokens of a key in suffix order.
    func readingOrder(ofLast count: Int, inSuffixOrder key: UInt128) -> UInt128 {
        var result: UInt128 = 0
        for place in 0..<count {
            let token = key >> UInt128((order - 1 - place) * bitsPerToken) & tokenMask
            result |= token << UInt128(place * bitsPerToken)
        }
        return result
    }

    /// The token `place` places before the last one, of a key in suffix order.
    func token(beforeLast place: Int, inSuffixOrder key: UInt128) -> Int {
        Int(truncatingIfNeeded: key >> UInt128((order - 1 - place) * bitsPerToken) & tokenMask)
    }

    /// How many tokens at the end two keys in suffix order have in common.
    func commonCount(_ a: UInt128, _ b: UInt128) -> Int {
        ((a ^ b).leadingZeroBitCount - (Self.bitCount - order * bitsPerToken)) / bitsPerToken
    }
}
