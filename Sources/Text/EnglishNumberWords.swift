/// The words that the English normaliser reads as parts of numbers.
enum EnglishNumberWord: Equatable {
    /// o, oh, zero
    case zero
    /// one ... nineteen
    case ones(Int)
    /// ones, first, seventh ...: value and suffix
    case onesSuffixed(Int, String)
    /// twenty ... ninety
    case tens(Int)
    case tensSuffixed(Int, String)
    /// hundred, thousand ...: the exponent of ten
    case multiplier(Int)
    case multiplierSuffixed(Int, String)
    /// minus, plus ...: the sign that a number after it gets
    case precedingPrefix(Unicode.Scalar)
    /// pounds, dollars ...: the symbol that a number before it gets
    case followingPrefix(Unicode.Scalar)
    case per, percent
    case and, double, triple, point

    /// Whether "point" may stand before it.
    var isDecimal: Bool {
        switch self {
        case .zero, .ones, .tens: return true
        default: return false
        }
    }

    static let byName: [String: EnglishNumberWord] = {
        var table: [String: EnglishNumberWord] = [:]
        for name in ["o", "oh", "zero"] { table[name] = .zero }

        let ones = [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        ]
        for (index, name) in ones.enumerated() {
            let value = index + 1
            table[name] = .ones(value)
            table[name == "six" ? "sixes" : name + "s"] = .onesSuffixed(value, "s")
            if value > 3 && value != 5 && value != 12 {
                table[name + (name.hasSuffix("t") ? "h" : "th")] = .onesSuffixed(value, "th")
            }
        }
        table["zeroth"] = .onesSuffixed(0, "th")
        table["first"] = .onesSuffixed(1, "st")
        table["second"] = .onesSuffixed(2, "nd")
        table["third"] = .onesSuffixed(3, "rd")
        table["fifth"] = .onesSuffixed(5, "th")
        table["twelfth"] = .onesSuffixed(12, "th")

        let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
        for (index, name) in tens.enumerated() {
            let value = (index + 2) * 10
            table[name] = .tens(value)
            table[name.dropLast() + "ies"] = .tensSuffixed(value, "s")
            table[name.dropLast() + "ieth"] = .tensSuffixed(value, "th")
        }

        let multipliers = [
            "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion",
            "octillion", "nonillion", "decillion",
        ]
        let exponents = [("hundred", 2)] + multipliers.enumerated().map { ($1, 3 * ($0 + 1)) }
        for (name, exponent) in exponents {
            table[name] = .multiplier(exponent)
            table[name + "s"] = .multiplierSuffixed(exponent, "s")
            table[name + "th"] = .multiplierSuffixed(exponent, "th")
        }

        for (name, sign) in [("minus", "-"), ("negative", "-"), ("plus", "+"), ("positive", "+")]
            as [(String, Unicode.Scalar)]
        {
            table[name] = .precedingPrefix(sign)
        }
        for (name, symbol) in [("pound", "£"), ("euro", "€"), ("dollar", "$"), ("cent", "¢")]
            as [(String, Unicode.Scalar)]
        {
            table[name] = .followingPrefix(symbol)
            table[name + "s"] = .followingPrefix(symbol)
        }
        table["per"] = .per
        table["percent"] = .percent
        table["and"] = .and
        table["double"] = .double
        table["triple"] = .triple
        table["point"] = .point
        return table
    }()
}
