/// The normaliser for Mandarin, scored by characters.
///
/// In this order: NFKC and lower case; numbers written with digits become the characters that are said
/// (`ChineseNumbers`), 〇 becomes 零; marks, symbols and punctuation go; spaces stay only between words of other
/// scripts. Simplified and traditional characters are left as they are, and so are 两 and 二.
enum ChineseNormalizer {
    static func normalized(_ text: ScalarText) -> ScalarText {
        let spoken = ChineseNumbers.spoken(UnicodeNormalization.compatibilityComposed(text).lowercased)
        var result = ScalarText()
        result.reserveCapacity(spoken.count)
        var hasSpaceBefore = false
        for scalar in spoken {
            if scalar.isSpace || scalar.isMarkSymbolOrPunctuation {
                hasSpaceBefore = true
                continue
            }
            if hasSpaceBefore, let last = result.last, !last.isHan && !scalar.isHan { result.append(" ") }
            hasSpaceBefore = false
            result.append(scalar == "〇" ? "零" : scalar)
        }
        return result
    }

    /// The text with spaces round every Chinese character: each counts as a word.
    static func separated(_ text: ScalarText) -> ScalarText {
        var result = ScalarText()
        result.reserveCapacity(text.count * 2)
        var previous: Unicode.Scalar?
        for scalar in text {
            if let previous, scalar.isHan || previous.isHan { result.append(" ") }
            result.append(scalar)
            previous = scalar
        }
        return result.singleSpaced
    }
}

extension Unicode.Scalar {
    /// Whether it is a Chinese character (property Ideographic).
    var isHan: Bool { value >= 0x3006 && properties.isIdeographic }
}
