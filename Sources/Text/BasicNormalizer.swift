/// Whisper's normaliser for any language: lower case, brackets out, NFKC, marks, symbols and punctuation to spaces.
///
/// The rules of `BasicTextNormalizer` in openai-whisper 20250625 (`whisper/normalizers/basic.py`) with its defaults
/// (diacritics kept, letters not split), and without space at the ends.
enum BasicNormalizer {
    static func normalized(_ text: ScalarText) -> ScalarText {
        var text = UnicodeNormalization.compatibilityComposed(text.lowercased.withoutBrackets)
        for index in text.indices where text[index].isMarkSymbolOrPunctuation { text[index] = " " }
        return text.lowercased.singleSpaced
    }

    /// Letters that NFKD leaves whole although they hold a diacritic or two letters.
    private static let additionalDiacritics: [Unicode.Scalar: String] = [
        "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS", "đ": "d", "Đ": "D",
        "ð": "d", "Ð": "D", "þ": "th", "Þ": "th", "ł": "l", "Ł": "L",
    ]

    /// NFKD without diacritics, other marks, symbols and punctuation to spaces except `kept`.
    static func withoutSymbolsAndDiacritics(_ text: ScalarText, keeping kept: Set<Unicode.Scalar>) -> ScalarText {
        var result = ScalarText()
        result.reserveCapacity(text.count)
        for scalar in UnicodeNormalization.compatibilityDecomposed(text) {
            if kept.contains(scalar) {
                result.append(scalar)
            } else if scalar.value >= 0x80, let letters = additionalDiacritics[scalar] {
                result.append(contentsOf: letters.unicodeScalars)
            } else if scalar.value >= 0x80 && scalar.properties.generalCategory == .nonspacingMark {
                continue
            } else {
                result.append(scalar.isMarkSymbolOrPunctuation ? " " : scalar)
            }
        }
        return result
    }
}
