/// Number words to digits: "twenty one dollars and five cents" to "$21.05", "nineteen sixties" to "1960s".
///
/// The rules of `EnglishNumberNormalizer` in openai-whisper 20250625, oddities included: words are read from left to
/// right with one number under way, which is an integer as long as it was built by adding and a text ("one oh one",
/// decimals) once digits were strung together.
enum EnglishNumberNormalizer {
    static func normalized(_ text: ScalarText) -> ScalarText {
        var reader = NumberReader(words: prepared(text).words.map { NumberReader.Word($0) })
        return finished(reader.read())
    }

    /// "and a half" after a number to "point five"; spaces between letters and digits, but none before a suffix.
    private static func prepared(_ text: ScalarText) -> ScalarText {
        var text = withHalves(text)
        text = text.rewritten { position, result in
            guard position + 1 < text.count && text[position].isASCIILowercase && text[position + 1].isASCIIDigit
            else { return 0 }
            result.append(contentsOf: [text[position], " ", text[position + 1]])
            return 2
        }
        text = text.rewritten { position, result in
            guard position + 1 < text.count && text[position].isASCIIDigit && text[position + 1].isASCIILowercase
            else { return 0 }
            result.append(contentsOf: [text[position], " ", text[position + 1]])
            return 2
        }
        return text.rewritten { position, result in
            guard text[position].isASCIIDigit else { return 0 }
            var start = position + 1
            while start < text.count && text[start].isSpace { start += 1 }
            guard start > position + 1 else { return 0 }
            for suffix in suffixes where text.hasPrefix(suffix, at: start) {
                if !text.isWordBoundary(at: start + suffix.count) { continue }
                result.append(text[position])
                result.append(contentsOf: suffix)
                return start + suffix.count - position
            }
            return 0
        }
    }

    private static let suffixes = ["st", "nd", "rd", "th", "s"].map { ScalarText($0) }
    private static let half = ["and", "a", "half"].map { ScalarText($0) }

    private static func withHalves(_ text: ScalarText) -> ScalarText {
        guard text.indices.contains(where: { text[$0] == "h" && text.hasPrefix(half[2], at: $0) }) else { return text }
        // The text between the places where "and a half" stands.
        var segments: [ScalarText] = [[]]
        var position = 0
        while position < text.count {
            if let end = endOfHalf(in: text, at: position) {
                segments.append([])
                position = end
            } else {
                segments[segments.count - 1].append(text[position])
                position += 1
            }
        }
        if segments.count == 1 { return text }
        var results: [ScalarText] = []
        for (index, segment) in segments.enumerated() {
            guard let lastWord = segment.words.last else { continue }
            results.append(segment)
            if index == segments.count - 1 { break }
            let word = EnglishNumberWord.byName[ScalarText(lastWord).string]
            var isNumber = word?.isDecimal ?? false
            if case .multiplier = word { isNumber = true }
            results.append(ScalarText(isNumber ? "point five" : "and a half"))
        }
        return ScalarText(results.joined(separator: [" "]))
    }

    /// The end of a match of `\band\s+a\s+half\b` that begins at `position`.
    private static func endOfHalf(in text: ScalarText, at position: Int) -> Int? {
        guard text[position] == "a" && text.isWordBoundary(at: position) else { return nil }
        var end = position
        for (index, word) in half.enumerated() {
            if index > 0 {
                let start = end
                while end < text.count && text[end].isSpace { end += 1 }
                if end == start { return nil }
            }
            guard text.hasPrefix(word, at: end) else { return nil }
            end += word.count
        }
        return text.isWordBoundary(at: end) ? end : nil
    }

    /// "$2 and ¢7" to "$2.07", "$0.25" to "¢25", "1" and "1s" to "one" and "ones".
    private static func finished(_ text: ScalarText) -> ScalarText {
        let currencies: Set<Unicode.Scalar> = ["€", "£", "$"]
        var text = text
        if text.contains(where: { currencies.contains($0) }) {
            text = text.rewritten { position, result in
                guard currencies.contains(text[position]) else { return 0 }
                guard let match = currencyAndCents(in: text, at: position) else { return 0 }
                result.append(contentsOf: match.replacement)
                return match.length
            }
            // The point of this rule is any character except a line break, as published: "$0.25", and "$0925" too.
            text = text.rewritten { position, result in
                guard currencies.contains(text[position]) && position + 3 < text.count else { return 0 }
                guard text[position + 1] == "0" && text[position + 2] != "\n" else { return 0 }
                guard let end = oneOrTwoDigits(in: text, at: position + 3) else { return 0 }
                result.append("¢")
                let digits = text[(position + 3)..<end]
                result.append(contentsOf: digits.count == 2 && digits.first == "0" ? digits.dropFirst() : digits)
                return end - position
            }
        }
        guard text.contains("1") else { return text }
        return text.rewritten { position, result in
            guard text[position] == "1" && text.isWordBoundary(at: position) else { return 0 }
            if text.isWordBoundary(at: position + 1) {
                result.append(contentsOf: "one".unicodeScalars)
                return 1
            }
            guard text[position + 1] == "s" && text.isWordBoundary(at: position + 2) else { return 0 }
            result.append(contentsOf: "ones".unicodeScalars)
            return 2
        }
    }

    /// A match of `[€£$]([0-9]+) (?:and )?¢([0-9]{1,2})\b`.
    private static func currencyAndCents(
        in text: ScalarText, at position: Int
    ) -> (replacement: ScalarText, length: Int)? {
        var end = position + 1
        while end < text.count && text[end].isASCIIDigit { end += 1 }
        let integer = text[(position + 1)..<end]
        guard !integer.isEmpty && end < text.count && text[end] == " " else { return nil }
        end += 1
        let and = ScalarText("and ")
        if text.hasPrefix(and, at: end) { end += and.count }
        guard end < text.count && text[end] == "¢" else { return nil }
        guard let last = oneOrTwoDigits(in: text, at: end + 1) else { return nil }
        let cents = text[(end + 1)..<last]
        let padded = cents.count == 1 ? ["0"] + ScalarText(cents) : ScalarText(cents)
        return ([text[position]] + ScalarText(integer) + ["."] + padded, last - position)
    }

    /// The end of a match of `[0-9]{1,2}\b`.
    private static func oneOrTwoDigits(in text: ScalarText, at position: Int) -> Int? {
        for count in [2, 1] where position + count <= text.count {
            let digits = text[position..<(position + count)]
            if digits.allSatisfy(\.isASCIIDigit) && text.isWordBoundary(at: position + count) {
                return position + count
            }
        }
        return nil
    }
}
