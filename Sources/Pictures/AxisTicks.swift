import Glibc

/// Round numbers along an axis.
package enum AxisTicks {
    /// 1, 2 or 5 times a power of ten, so that an axis has about `count` ticks.
    package static func step(_ length: Double, count: Double) -> Double {
        let raw = length / max(1, count)
        let power = pow(10, floor(log10(raw)))
        return [1.0, 2, 5, 10].first { $0 * power >= raw * 0.999 }! * power
    }

    /// With as many decimals as the step between ticks has; with an exponent where that would be long.
    ///
    /// - Parameters:
    ///   - value: not negative.
    ///   - step: above 0.
    package static func text(_ value: Double, step: Double) -> String {
        let stepExponent = Int(floor(log10(step) + 1e-9))
        if value >= step / 2, value >= 1e6 || stepExponent < -5 {
            let exponent = Int(floor(log10(value) + 1e-9))
            let mantissa = value / pow(10, Double(exponent))
            return "\(text(mantissa, step: pow(10, Double(min(0, stepExponent - exponent)))))e\(exponent)"
        }
        let decimals = value < step / 2 ? 0 : max(0, -stepExponent)
        let scale = Int(pow(10, Double(decimals)))
        let scaled = Int((value * Double(scale)).rounded())
        if decimals == 0 { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
