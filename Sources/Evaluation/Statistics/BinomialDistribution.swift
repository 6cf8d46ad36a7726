import Numerics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Draws the number of successes in `trialCount` trials: exact, in constant time for large counts.
struct BinomialDistribution {
    var trialCount: Int
    var probability: Double

    func draw(using generator: inout SplitMix64) -> Int {
        if trialCount == 0 || probability <= 0 { return 0 }
        if probability >= 1 { return trialCount }
        if probability > 0.5 {
            return trialCount
                - BinomialDistribution(trialCount: trialCount, probability: 1 - probability).draw(using: &generator)
        }
        return Double(trialCount) * probability < 10 ? inverted(&generator) : rejected(&generator)
    }

    /// Inversion of the distribution function: few successes are expected.
    private func inverted(_ generator: inout SplitMix64) -> Int {
        let odds = probability / (1 - probability)
        var mass = pow(1 - probability, Double(trialCount))
        var rest = generator.uniformDouble()
        var successes = 0
        while rest > mass && successes < trialCount {
            rest -= mass
            successes += 1
            mass *= (Double(trialCount + 1) / Double(successes) - 1) * odds
        }
        return successes
    }

    /// Transformed rejection with a squeeze, algorithm BTRS of Hörmann (1993), "The generation of binomial random
    /// variates", for an expectation of 10 and more.
    private func rejected(_ generator: inout SplitMix64) -> Int {
        let count = Double(trialCount)
        let odds = probability / (1 - probability)
        let deviation = (count * probability * (1 - probability)).squareRoot()
        let b = 1.15 + 2.53 * deviation
        let a = -0.0873 + 0.0248 * b + 0.01 * probability
        let centre = count * probability + 0.5
        let squeeze = 0.92 - 4.2 / b
        let alpha = (2.83 + 5.1 / b) * deviation
        let mode = ((count + 1) * probability).rounded(.down)
        while true {
            let u = generator.uniformDouble() - 0.5
            let v = generator.uniformDouble()
            let distance = 0.5 - abs(u)
            let successes = ((2 * a / distance + b) * u + centre).rounded(.down)
            if distance >= 0.07 && v <= squeeze { return Int(successes) }
            if successes < 0 || successes > count { continue }
            let logV = log(v * alpha / (a / (distance * distance) + b))
            let bound =
                (mode + 0.5) * log((mode + 1) / (odds * (count - mode + 1)))
                + (count + 1) * log((count - mode + 1) / (count - successes + 1))
                + (successes + 0.5) * log(odds * (count - successes + 1) / (successes + 1))
                + Self.stirlingTail(mode) + Self.stirlingTail(count - mode)
                - Self.stirlingTail(successes) - Self.stirlingTail(count - successes)
            if logV <= bound { return Int(successes) }
        }
    }

    /// log k! minus Stirling's approximation of it.
    private static func stirlingTail(_ k: Double) -> Double {
        let small = [
            0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
            0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
        ]
        if k < 10 { return small[Int(k)] }
        let next = k + 1
        let square = next * next
        return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / next
    }
}
