/// Numbers as they are said in Mandarin: "3.5%" is 百分之三点五, "2024年" is 二零二四年, "10500" is 一万零五百.
///
/// Digit by digit are said: years (four digits before 年), what begins with 0, what has more than 12 digits, and what
/// follows a decimal point. A comma between groups of three digits is left out. A minus sign before a number that
/// follows no letter or digit is 负.
enum ChineseNumbers {
    private static let digits = ScalarText("零一二三四五六七八九")
    private static let places = ScalarText("千百十")
    private static let groups: [ScalarText] = ["", "万", "亿"].map { ScalarText($0) }

    static func spoken(_ text: ScalarText) -> ScalarText {
        guard text.contains(where: \.isASCIIDigit) else { return text }
        return text.rewritten { position, result in
            var start = position
            let followsWord = position > 0 && (text[position - 1].isASCIIDigit || text[position - 1].isASCIILowercase)
            let isNegative = text[position] == "-" && !followsWord
            if isNegative { start += 1 }
            guard let number = WrittenNumber(in: text, at: start) else { return 0 }
            if number.isPercentage { result.append(contentsOf: "百分之".unicodeScalars) }
            if isNegative { result.append("负") }
            result.append(contentsOf: spoken(number, isYear: number.end < text.count && text[number.end] == "年"))
            return number.end - position
        }
    }

    private static func spoken(_ number: WrittenNumber, isYear: Bool) -> ScalarText {
        var result: ScalarText
        let isYear = isYear && number.integer.count == 4 && number.fraction.isEmpty
        let isCode = number.integer.count > 1 && number.integer[0] == 0 || number.integer.count > 12
        if isYear || isCode {
            result = number.integer.map { digits[$0] }
        } else {
            result = cardinal(number.integer)
        }
        if !number.fraction.isEmpty {
            result.append("点")
            result.append(contentsOf: number.fraction.map { digits[$0] })
        }
        return result
    }

    /// A number of at most 12 digits in groups of four: 千百十, 万, 亿.
    private static func cardinal(_ integer: [Int]) -> ScalarText {
        if integer == [0] { return ["零"] }
        var result = ScalarText()
        var needsZero = false
        for (index, digit) in integer.enumerated() {
            let place = integer.count - 1 - index
            if digit == 0 {
                needsZero = !result.isEmpty
            } else {
                if needsZero { result.append("零") }
                needsZero = false
                // 10 to 19 begin with 十, not 一十.
                if !(digit == 1 && place % 4 == 1 && result.isEmpty) { result.append(digits[digit]) }
                if place % 4 > 0 { result.append(places[3 - place % 4]) }
            }
            if place % 4 == 0 && place > 0 {
                let group = integer[max(0, index - 3)...index]
                if group.contains(where: { $0 != 0 }) { result.append(contentsOf: groups[place / 4]) }
            }
        }
        return result
    }

    /// Digits with an optional decimal part and percent sign.
    private struct WrittenNumber {
        var integer: [Int] = []
        var fraction: [Int] = []
        var isPercentage = false
        var end: Int

        init?(in text: ScalarText, at start: Int) {
            end = start
            while end < text.count {
                if text[end].isASCIIDigit {
                    integer.append(Int(text[end].value) - 0x30)
                    end += 1
                } else if text[end] == "," && !integer.isEmpty && Self.hasGroup(in: text, at: end + 1) {
                    end += 1
                } else {
                    break
                }
            }
            if integer.isEmpty { return nil }
            if end + 1 < text.count && text[end] == "." && text[end + 1].isASCIIDigit {
                end += 1
                while end < text.count && text[end].isASCIIDigit {
                    fraction.append(Int(text[end].value) - 0x30)
                    end += 1
                }
            }
            if end < text.count && text[end] == "%" {
                isPercentage = true
                end += 1
            }
        }

        /// Whether exactly three digits stand at `position`.
        private static func hasGroup(in text: ScalarText, at position: Int) -> Bool {
            guard position + 3 <= text.count else { return false }
            guard text[position..<(position + 3)].allSatisfy(\.isASCIIDigit) else { return false }
            return position + 3 == text.count || !text[position + 3].isASCIIDigit
        }
    }
}
