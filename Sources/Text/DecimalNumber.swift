/// A non-negative integer of any size as decimal digits: what the number words of the English normaliser need.
struct DecimalInteger: Equatable {
    /// Digits 0...9, most significant first, no leading zeros; [0] is zero.
    private(set) var digits: [UInt8]

    init(_ value: Int) { digits = String(value).utf8.map { $0 - 0x30 } }

    init(digits: [UInt8]) {
        let significant = digits.drop { $0 == 0 }
        self.digits = significant.isEmpty ? [0] : Array(significant)
    }

    var isZero: Bool { digits == [0] }

    var text: String { String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self) }

    /// Whether 10 to the power of `exponent` divides it.
    func isMultiple(ofTenToThe exponent: Int) -> Bool {
        isZero || (digits.count > exponent && digits.suffix(exponent).allSatisfy { $0 == 0 })
    }

    static func + (left: DecimalInteger, right: DecimalInteger) -> DecimalInteger {
        var sum: [UInt8] = []
        var carry: UInt8 = 0
        for place in 0..<max(left.digits.count, right.digits.count) {
            let digit = left.digit(at: place) + right.digit(at: place) + carry
            sum.append(digit % 10)
            carry = digit / 10
        }
        if carry > 0 { sum.append(carry) }
        return DecimalInteger(digits: sum.reversed())
    }

    private func digit(at place: Int) -> UInt8 { place < digits.count ? digits[digits.count - 1 - place] : 0 }

    /// Times 10 to the power of `exponent`.
    func shifted(by exponent: Int) -> DecimalInteger {
        DecimalInteger(digits: digits + [UInt8](repeating: 0, count: exponent))
    }

    /// The thousands with zeros for the rest, and the rest.
    var splitAtThousand: (thousands: DecimalInteger, rest: DecimalInteger) {
        let cut = max(digits.count - 3, 0)
        return (
            DecimalInteger(digits: Array(digits[..<cut]) + [0, 0, 0]), DecimalInteger(digits: Array(digits[cut...]))
        )
    }
}

/// A decimal fraction read from text such as "12", "1.50", "3." or ".5".
struct DecimalFraction {
    private var digits: [UInt8] = []
    private var fractionDigitCount = 0

    /// Nil unless the text is digits with at most one full stop, and a digit.
    init?(_ text: ScalarText) {
        var hasPoint = false
        for scalar in text {
            if scalar == "." {
                if hasPoint { return nil }
                hasPoint = true
            } else if scalar.isDecimalDigit, let value = scalar.properties.numericValue {
                digits.append(UInt8(value))
                if hasPoint { fractionDigitCount += 1 }
            } else {
                return nil
            }
        }
        if digits.isEmpty { return nil }
        while fractionDigitCount > 0 && digits.last == 0 {
            digits.removeLast()
            fractionDigitCount -= 1
        }
    }

    /// Times 10 to the power of `exponent`, if that is an integer.
    func integer(timesTenToThe exponent: Int) -> DecimalInteger? {
        guard fractionDigitCount <= exponent else { return nil }
        return DecimalInteger(digits: digits + [UInt8](repeating: 0, count: exponent - fractionDigitCount))
    }
}
