extension Double {
    /// The number, or nil for infinity and NaN, which JSON has not got.
    var finite: Double? { isFinite ? self : nil }

    /// The number with `digits` digits behind the point, halves rounded away from zero.
    package func text(_ digits: Int) -> String {
        guard isFinite else { return "\(self)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(self)" }
        let sign = self < 0 && scaled > 0 ? "-" : ""
        let whole = Int(scaled) / Int(scale)
        if digits == 0 { return "\(sign)\(whole)" }
        let fraction = String(Int(scaled) % Int(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
