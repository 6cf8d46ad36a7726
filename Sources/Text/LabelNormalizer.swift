/// How labels become what a model learns to write. It is part of the model: its output looks like its labels.
///
/// Marks are composed with their letters where Unicode has a character for both: é is one character, however it was typed.
///
/// (How texts are compared when a model is scored is another question: `TextNormalizer`.)
public enum LabelNormalizer: String, Codable, Sendable, CaseIterable {
    /// Labels as they are, except that white space is collapsed.
    case none
    /// Lower case; letters, digits and apostrophes inside words stay, all else becomes a space. For languages that
    /// write spaces.
    case words
    /// As `words`, then without any space. For Chinese and Japanese.
    case characters

    /// The label that is learned.
    public func normalized(_ text: String) -> String {
        let text = UnicodeNormalization.canonicallyComposed(text)
        if self == .none { return text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        let scalars = Array(text.lowercased().unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if Self.isWordCharacter(scalar) {
                result.append(scalar)
            } else if scalar == "'" || scalar == "\u{2019}",
                index > 0, index + 1 < scalars.count, Self.isWordCharacter(scalars[index - 1]),
                Self.isWordCharacter(scalars[index + 1])
            {
                result.append("'")
            } else {
                result.append(" ")
            }
        }
        let words = String(result).split(separator: " ")
        return words.joined(separator: self == .characters ? "" : " ")
    }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}
