/// A text as Unicode scalars, with what Python's `re` and `str` offer the published normalisers.
///
/// Character classes are Python's, because the normalisers are defined by Python programs: a word character is a
/// letter (category L), a number or `_`; marks are not.
typealias ScalarText = [Unicode.Scalar]

extension Unicode.Scalar {
    /// `\w` of Python's `re`.
    var isWordCharacter: Bool {
        if value < 0x80 {
            return (value >= 0x61 && value <= 0x7A) || (value >= 0x41 && value <= 0x5A)
                || (value >= 0x30 && value <= 0x39) || value == 0x5F
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return properties.numericType != nil
        }
    }

    /// `\s` of Python's `re`.
    var isSpace: Bool {
        switch value {
        case 0x20, 0x09...0x0D, 0x1C...0x1F: return true
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return true
        default: return false
        }
    }

    /// `[0-9]`.
    var isASCIIDigit: Bool { value >= 0x30 && value <= 0x39 }

    /// `[a-z]`.
    var isASCIILowercase: Bool { value >= 0x61 && value <= 0x7A }

    /// `\d` of Python's `re`: category Nd.
    var isDecimalDigit: Bool { value < 0x80 ? isASCIIDigit : properties.generalCategory == .decimalNumber }

    /// Whether the category is a mark, a symbol or punctuation.
    var isMarkSymbolOrPunctuation: Bool {
        if value < 0x80 {
            return (value >= 0x21 && value <= 0x2F) || (value >= 0x3A && value <= 0x40)
                || (value >= 0x5B && value <= 0x60) || (value >= 0x7B && value <= 0x7E)
        }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: return true
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }
}

extension Array where Element == Unicode.Scalar {
    init(_ text: String) { self = Array(text.unicodeScalars) }

    /// The text as a string.
    var string: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: self)
        return String(view)
    }

    /// Lower case as Python's `str.lower`, final sigma included.
    var lowercased: ScalarText {
        var result = ScalarText()
        result.reserveCapacity(count)
        for (index, scalar) in enumerated() {
            if scalar.value < 0x80 {
                let isUpper = scalar.value >= 0x41 && scalar.value <= 0x5A
                result.append(isUpper ? Unicode.Scalar(scalar.value + 0x20)! : scalar)
            } else if scalar == "\u{3A3}" {
                result.append(isFinalSigma(at: index) ? "\u{3C2}" : "\u{3C3}")
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    /// A cased letter before and none after, marks and the like in between left out (Unicode, SpecialCasing).
    private func isFinalSigma(at index: Int) -> Bool {
        var before = index - 1
        while before >= 0 && self[before].properties.isCaseIgnorable { before -= 1 }
        guard before >= 0 && self[before].properties.isCased else { return false }
        var after = index + 1
        while after < count && self[after].properties.isCaseIgnorable { after += 1 }
        return after == count || !self[after].properties.isCased
    }

    /// Whether a word begins or ends between `position - 1` and `position` (`\b`).
    func isWordBoundary(at position: Int) -> Bool {
        let before = position > 0 && self[position - 1].isWordCharacter
        let after = position < count && self[position].isWordCharacter
        return before != after
    }

    /// Whether `literal` stands at `position`.
    func hasPrefix(_ literal: ScalarText, at position: Int) -> Bool {
        guard position + literal.count <= count else { return false }
        for index in literal.indices where self[position + index] != literal[index] { return false }
        return true
    }

    /// Rewrites a text from left to right: `step` looks at a position and returns how many scalars it has dealt with
    /// (and appends their replacement), or 0 to keep the scalar there.
    func rewritten(_ step: (_ position: Int, _ result: inout ScalarText) -> Int) -> ScalarText {
        var result = ScalarText()
        result.reserveCapacity(count)
        var position = 0
        while position < count {
            let consumed = step(position, &result)
            if consumed == 0 {
                result.append(self[position])
                position += 1
            } else {
                position += consumed
            }
        }
        return result
    }

    /// Every run of white space as one space (`re.sub(r"\s+", " ", s)`).
    var singleSpaced: ScalarText {
        var result = ScalarText()
        result.reserveCapacity(count)
        var isInSpace = false
        for scalar in self {
            if scalar.isSpace {
                if !isInSpace { result.append(" ") }
                isInSpace = true
            } else {
                result.append(scalar)
                isInSpace = false
            }
        }
        return result
    }

    /// The words between white space (`str.split()`).
    var words: [ArraySlice<Unicode.Scalar>] { split(whereSeparator: \.isSpace) }

    /// Without `<...>`, `[...]` and `(...)`.
    var withoutBrackets: ScalarText {
        guard contains(where: { $0 == "<" || $0 == "[" || $0 == "(" }) else { return self }
        let withoutTags = rewritten { position, _ in
            guard self[position] == "<" || self[position] == "[" else { return 0 }
            guard let end = self[(position + 1)...].firstIndex(where: { $0 == ">" || $0 == "]" }) else { return 0 }
            return end + 1 - position
        }
        return withoutTags.rewritten { position, _ in
            guard withoutTags[position] == "(" else { return 0 }
            guard let end = withoutTags[(position + 1)...].firstIndex(of: ")"), end > position + 1 else { return 0 }
            return end + 1 - position
        }
    }
}
