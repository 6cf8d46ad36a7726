/// Whisper's normaliser for English.
///
/// The rules of `EnglishTextNormalizer` in openai-whisper 20250625 (`whisper/normalizers/english.py`), in their order:
/// contractions written out, titles too, fillers dropped, numbers as digits, American spelling. Differences from that
/// program are listed in docs/scoring.md.
enum EnglishNormalizer {
    static func normalized(_ text: ScalarText) -> ScalarText {
        var text = text.lowercased.withoutBrackets
        text = withoutFillers(text)
        text = withoutSpaceBeforeApostrophe(text)
        for replacement in replacements { text = replacement.applied(to: text) }
        text = withoutCommasBetweenDigits(text)
        text = withoutFullStops(text)
        text = BasicNormalizer.withoutSymbolsAndDiacritics(text, keeping: numericSymbols)
        text = EnglishNumberNormalizer.normalized(text)
        text = americanSpelling(text)
        text = withoutStraySymbols(text)
        return text.singleSpaced
    }

    static let currencySymbols: Set<Unicode.Scalar> = ["$", "¢", "€", "£"]
    private static let numericSymbols: Set<Unicode.Scalar> = [".", "%", "$", "¢", "€", "£"]
    private static let fillers = ["hmm", "mm", "mhm", "mmm", "uh", "um"].map { ScalarText($0) }

    /// `re.sub(r"\b(hmm|mm|mhm|mmm|uh|um)\b", "", s)`
    private static func withoutFillers(_ text: ScalarText) -> ScalarText {
        text.rewritten { position, _ in
            guard text[position] == "h" || text[position] == "m" || text[position] == "u" else { return 0 }
            for filler in fillers where text.hasPrefix(filler, at: position) {
                if text.isWordBoundary(at: position) && text.isWordBoundary(at: position + filler.count) {
                    return filler.count
                }
            }
            return 0
        }
    }

    /// `re.sub(r"\s+'", "'", s)`
    private static func withoutSpaceBeforeApostrophe(_ text: ScalarText) -> ScalarText {
        guard text.contains("'") else { return text }
        return text.rewritten { position, result in
            guard text[position].isSpace else { return 0 }
            var end = position
            while end < text.count && text[end].isSpace { end += 1 }
            guard end < text.count && text[end] == "'" else { return 0 }
            result.append("'")
            return end + 1 - position
        }
    }

    /// `re.sub(r"(\d),(\d)", r"\1\2", s)`: matches do not overlap, so "1,2,3" becomes "12,3".
    private static func withoutCommasBetweenDigits(_ text: ScalarText) -> ScalarText {
        guard text.contains(",") else { return text }
        return text.rewritten { position, result in
            guard position + 2 < text.count && text[position + 1] == "," else { return 0 }
            guard text[position].isDecimalDigit && text[position + 2].isDecimalDigit else { return 0 }
            result.append(text[position])
            result.append(text[position + 2])
            return 3
        }
    }

    /// `re.sub(r"\.([^0-9]|$)", r" \1", s)`: of two full stops in a row the second stays.
    private static func withoutFullStops(_ text: ScalarText) -> ScalarText {
        guard text.contains(".") else { return text }
        return text.rewritten { position, result in
            guard text[position] == "." else { return 0 }
            guard position + 1 < text.count else {
                result.append(" ")
                return 1
            }
            if text[position + 1].isASCIIDigit { return 0 }
            result.append(" ")
            result.append(text[position + 1])
            return 2
        }
    }

    private static func americanSpelling(_ text: ScalarText) -> ScalarText {
        var result = ScalarText()
        result.reserveCapacity(text.count)
        for word in text.words {
            if !result.isEmpty { result.append(" ") }
            if word.count >= 3, let american = EnglishSpellings.american[ScalarText(word).string] {
                result.append(contentsOf: american.unicodeScalars)
            } else {
                result.append(contentsOf: word)
            }
        }
        return result
    }

    /// `re.sub(r"[.$¢€£]([^0-9])", r" \1", s)`, then `re.sub(r"([^0-9])%", r"\1 ", s)`.
    private static func withoutStraySymbols(_ text: ScalarText) -> ScalarText {
        var text = text
        if text.contains(where: { $0 == "." || currencySymbols.contains($0) }) {
            text = text.rewritten { position, result in
                guard text[position] == "." || currencySymbols.contains(text[position]) else { return 0 }
                guard position + 1 < text.count && !text[position + 1].isASCIIDigit else { return 0 }
                result.append(" ")
                result.append(text[position + 1])
                return 2
            }
        }
        guard text.contains("%") else { return text }
        return text.rewritten { position, result in
            guard position + 1 < text.count && text[position + 1] == "%" else { return 0 }
            if text[position].isASCIIDigit { return 0 }
            result.append(text[position])
            result.append(" ")
            return 2
        }
    }
}

/// One rule of the English normaliser: a literal between word boundaries and what stands for it.
struct EnglishReplacement: Sendable {
    private let literal: ScalarText
    private let replacement: ScalarText
    /// Whether the literal must begin at a word boundary; the one after its end is always asked for.
    private let needsBoundaryBefore: Bool

    init(_ literal: String, _ replacement: String, needsBoundaryBefore: Bool = true) {
        self.literal = ScalarText(literal)
        self.replacement = ScalarText(replacement)
        self.needsBoundaryBefore = needsBoundaryBefore
    }

    func applied(to text: ScalarText) -> ScalarText {
        guard firstMatch(in: text, from: 0) != nil else { return text }
        return text.rewritten { position, result in
            guard text[position] == literal[0] && matches(text, at: position) else { return 0 }
            result.append(contentsOf: replacement)
            return literal.count
        }
    }

    private func firstMatch(in text: ScalarText, from start: Int) -> Int? {
        let first = literal[0]
        return text.withUnsafeBufferPointer { scalars in
            for position in 0..<scalars.count where scalars[position] == first {
                if matches(text, at: position) { return position }
            }
            return nil
        }
    }

    private func matches(_ text: ScalarText, at position: Int) -> Bool {
        text.hasPrefix(literal, at: position)
            && (!needsBoundaryBefore || text.isWordBoundary(at: position))
            && text.isWordBoundary(at: position + literal.count)
    }
}

extension EnglishNormalizer {
    /// Contractions, titles and perfect tenses, in the order in which they are applied.
    static let replacements: [EnglishReplacement] =
        [
            ("won't", "will not"), ("can't", "can not"), ("let's", "let us"), ("ain't", "aint"), ("y'all", "you all"),
            ("wanna", "want to"), ("gotta", "got to"), ("gonna", "going to"), ("i'ma", "i am going to"),
            ("imma", "i am going to"), ("woulda", "would have"), ("coulda", "could have"), ("shoulda", "should have"),
            ("ma'am", "madam"),
            ("mr", "mister "), ("mrs", "missus "), ("st", "saint "), ("dr", "doctor "), ("prof", "professor "),
            ("capt", "captain "), ("gov", "governor "), ("ald", "alderman "), ("gen", "general "),
            ("sen", "senator "), ("rep", "representative "), ("pres", "president "), ("rev", "reverend "),
            ("hon", "honorable "), ("asst", "assistant "), ("assoc", "associate "), ("lt", "lieutenant "),
            ("col", "colonel "), ("jr", "junior "), ("sr", "senior "), ("esq", "esquire "),
        ].map { EnglishReplacement($0.0, $0.1) }
        + [
            ("'d been", " had been"), ("'s been", " has been"), ("'d gone", " had gone"), ("'s gone", " has gone"),
            ("'d done", " had done"), ("'s got", " has got"),
            ("n't", " not"), ("'re", " are"), ("'s", " is"), ("'d", " would"), ("'ll", " will"), ("'t", " not"),
            ("'ve", " have"), ("'m", " am"),
        ].map { EnglishReplacement($0.0, $0.1, needsBoundaryBefore: false) }
}
