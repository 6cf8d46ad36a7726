/// Up to 256 values that stand for all numbers of a kind, each for about as many of them (as in KenLM's quantisation; Federico and
/// Bertoldi 2006, binning).
struct Codebook {
    /// Ascending; never empty.
    let values: [Float]

    static let size = 256

    /// Numbers that all have one value need one; few different ones are kept as they are.
    init(of numbers: [Float]) {
        let sorted = numbers.sorted()
        var different: [Float] = []
        for number in sorted where number != different.last && different.count <= Self.size { different.append(number) }
        if different.count <= Self.size {
            values = different.isEmpty ? [0] : different
            return
        }
        var means: [Float] = []
        for bin in 0..<Self.size {
            let range = bin * sorted.count / Self.size..<(bin + 1) * sorted.count / Self.size
            guard !range.isEmpty else { continue }
            let mean = Float(sorted[range].reduce(0.0) { $0 + Double($1) } / Double(range.count))
            if mean != means.last { means.append(mean) }
        }
        values = means
    }

    /// The code of the nearest value.
    func code(of number: Float) -> UInt8 {
        let above = min(values.lowerBound(of: number), values.count - 1)
        let below = max(0, above - 1)
        return UInt8(number - values[below] <= values[above] - number ? below : above)
    }
}
