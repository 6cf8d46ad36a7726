/// Numbers as people read them.

/// With `digits` digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 1e18 else { return "\(value)" }
    let whole = Int(scaled / scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if digits == 0 { return "\(sign)\(whole)" }
    let fraction = "\(Int(scaled) - whole * Int(scale))"
    return "\(sign)\(whole).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}

/// A fraction as a percentage with two digits.
func percent(_ rate: Double) -> String { "\(fixed(100 * rate, 2)) %" }

/// With three significant digits and an exponent: 1.25e-03.
func scientific(_ value: Float) -> String {
    guard value > 0, value.isFinite else { return "\(value)" }
    var mantissa = Double(value)
    var exponent = 0
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    // 9.995 and more would be shown as 10.00.
    while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = "\(exponent.magnitude)"
    return "\(fixed(mantissa, 2))e\(exponent < 0 ? "-" : "+")\(digits.count < 2 ? "0" : "")\(digits)"
}

/// Seconds as h:mm:ss.
func clock(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let total = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(total / 3_600):\(two(total / 60 % 60)):\(two(total % 60))"
}

/// A fraction as a bar: `[#####...............]`.
func bar(_ fraction: Double) -> String {
    let width = 20
    let filled = min(width, Int(fraction * Double(width)))
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
}

/// Seconds as a length of time: `12.3 s`, from a minute on h:mm:ss.
func span(_ seconds: Double) -> String { seconds < 60 ? "\(fixed(seconds, 1)) s" : clock(seconds) }
