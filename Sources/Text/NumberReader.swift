/// Reads words from left to right and joins number words to numbers (`process_words` of Whisper's normaliser).
struct NumberReader {
    /// A word with what it means.
    struct Word {
        let scalars: ScalarText
        let meaning: EnglishNumberWord?

        init(_ scalars: ArraySlice<Unicode.Scalar>) {
            self.scalars = ScalarText(scalars)
            meaning = EnglishNumberWord.byName[self.scalars.string]
        }

        /// `^\d+(\.\d+)?$`
        var isNumeric: Bool { NumberReader.isNumeric(scalars[...]) }
    }

    /// The number under way: added up, or digits strung together.
    private enum Value {
        case integer(DecimalInteger)
        case text(ScalarText)

        var scalars: ScalarText {
            switch self {
            case .integer(let integer): return ScalarText(integer.text)
            case .text(let text): return text
            }
        }
    }

    private let words: [Word]
    private var output: [ScalarText] = []
    private var prefix: Unicode.Scalar?
    private var value: Value?

    init(words: [Word]) { self.words = words }

    /// All words with numbers in digits, separated by single spaces.
    mutating func read() -> ScalarText {
        var index = 0
        while index < words.count {
            let previous = index > 0 ? words[index - 1].meaning : nil
            let next = index + 1 < words.count ? words[index + 1] : nil
            index += read(words[index], after: previous, before: next) ? 2 : 1
        }
        writeValue()
        return ScalarText(output.joined(separator: [" "]))
    }

    /// Reads one word; returns whether the next one has been dealt with too.
    private mutating func read(_ word: Word, after previous: EnglishNumberWord?, before next: Word?) -> Bool {
        if readDigits(word) { return false }
        guard let meaning = word.meaning else {
            writeValue()
            write(word.scalars)
            return false
        }
        switch meaning {
        case .zero: value = .text(significantDigits + ["0"])
        case .ones(let ones): value = withOnes(ones, after: previous)
        case .tens(let tens): value = withTens(tens)
        case .onesSuffixed(let ones, let suffix): writeSuffixed(withOnes(ones, after: previous), suffix)
        case .tensSuffixed(let tens, let suffix): writeSuffixed(withTens(tens), suffix)
        case .multiplier(let exponent): multiply(byTenToThe: exponent)
        case .multiplierSuffixed(let exponent, let suffix): multiply(byTenToThe: exponent, suffix: suffix)
        case .precedingPrefix(let sign):
            writeValue()
            if let next, next.meaning != nil || next.isNumeric {
                prefix = sign
            } else {
                write(word.scalars)
            }
        case .followingPrefix(let symbol):
            if value != nil {
                prefix = symbol
                writeValue()
            } else {
                write(word.scalars)
            }
        case .percent:
            if let value { write(value.scalars + ["%"]) } else { write(word.scalars) }
        case .per:
            if let value, next?.scalars == ScalarText("cent") {
                write(value.scalars + ["%"])
                return true
            }
            writeValue()
            write(word.scalars)
        case .and, .double, .triple, .point: return readSpecial(meaning, word, after: previous, before: next)
        }
        return false
    }

    private mutating func readSpecial(
        _ meaning: EnglishNumberWord, _ word: Word, after previous: EnglishNumberWord?, before next: Word?
    ) -> Bool {
        guard let next, next.meaning != nil || next.isNumeric else {
            writeValue()
            write(word.scalars)
            return false
        }
        switch meaning {
        case .point:
            if next.isNumeric || next.meaning?.isDecimal == true { value = .text(significantDigits + ["."]) }
            return false
        case .double, .triple:
            var digit: Int?
            if next.meaning == .zero { digit = 0 }
            if case .ones(let ones) = next.meaning { digit = ones }
            if let digit {
                let digits = ScalarText(String(digit))
                value = .text(significantDigits + digits + digits + (meaning == .triple ? digits : []))
                return true
            }
        default:
            // "and" says nothing after hundreds, thousands and so on.
            if case .multiplier = previous { return false }
        }
        writeValue()
        write(word.scalars)
        return false
    }

    /// Digits with or without a sign or currency symbol; returns whether the word was that.
    private mutating func readDigits(_ word: Word) -> Bool {
        let symbols: Set<Unicode.Scalar> = ["-", "+", "£", "€", "$", "¢"]
        let hasPrefix = symbols.contains(word.scalars[0])
        let digits = hasPrefix ? word.scalars[1...] : word.scalars[...]
        guard Self.isNumeric(digits) else { return false }
        if case .text(let text) = value, text.last == "." {
            // Decimals, or parts of an address.
            value = .text(text + word.scalars)
            return true
        }
        writeValue()
        if hasPrefix { prefix = word.scalars[0] }
        if let integer = DecimalFraction(ScalarText(digits))?.integer(timesTenToThe: 0) {
            value = .integer(integer)
        } else {
            value = .text(ScalarText(digits))
        }
        return true
    }

    /// The digits so far, nothing for none and for an integer 0.
    private var significantDigits: ScalarText {
        if case .integer(let integer) = value, integer.isZero { return [] }
        return value?.scalars ?? []
    }

    private func withOnes(_ ones: Int, after previous: EnglishNumberWord?) -> Value {
        let digits = ScalarText(String(ones))
        var followsOnes = false
        if case .ones = previous { followsOnes = true }
        switch value {
        case nil: return .integer(DecimalInteger(ones))
        case .integer(let integer) where !followsOnes:
            if integer.isMultiple(ofTenToThe: ones < 10 ? 1 : 2) { return .integer(integer + DecimalInteger(ones)) }
            return .text(ScalarText(integer.text) + digits)
        case let value?:
            if case .tens = previous, ones < 10 { return .text(value.scalars.dropLast() + digits) }
            return .text(value.scalars + digits)
        }
    }

    private func withTens(_ tens: Int) -> Value {
        let digits = ScalarText(String(tens))
        switch value {
        case nil: return .integer(DecimalInteger(tens))
        case .text(let text): return .text(text + digits)
        case .integer(let integer):
            if integer.isMultiple(ofTenToThe: 2) { return .integer(integer + DecimalInteger(tens)) }
            return .text(ScalarText(integer.text) + digits)
        }
    }

    /// "hundred", "thousand" ... (with `suffix`: "hundreds", "thousandth"), which end the number.
    private mutating func multiply(byTenToThe exponent: Int, suffix: String? = nil) {
        let multiplier = DecimalInteger(1).shifted(by: exponent)
        var product = multiplier
        switch value {
        case nil: break
        case .integer(let integer) where !integer.isZero || suffix != nil:
            let (thousands, rest) = integer.splitAtThousand
            product = thousands + rest.shifted(by: exponent)
        case let value?:
            if let exact = DecimalFraction(value.scalars)?.integer(timesTenToThe: exponent) {
                product = exact
            } else {
                writeValue()
            }
        }
        value = .integer(product)
        if let suffix { writeSuffixed(.integer(product), suffix) }
    }

    private mutating func writeSuffixed(_ number: Value, _ suffix: String) {
        write(number.scalars + ScalarText(suffix))
    }

    private mutating func writeValue() {
        if let value { write(value.scalars) }
    }

    /// Writes a word, with the prefix that waits for it; no number is under way afterwards.
    private mutating func write(_ word: ScalarText) {
        output.append(prefix.map { [$0] + word } ?? word)
        prefix = nil
        value = nil
    }

    private static func isNumeric(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return !text.isEmpty && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDecimalDigit) }
    }
}
