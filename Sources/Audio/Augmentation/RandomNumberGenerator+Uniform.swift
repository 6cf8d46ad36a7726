// The standard library's own functions may draw differently in another version; these do not.
extension RandomNumberGenerator {
    /// Uniform in the range, with 53 bits.
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(next() >> 11) * 0x1p-53)
    }

    /// Uniform among the whole numbers of the range, both ends included.
    mutating func uniform(in range: ClosedRange<Int>) -> Int {
        let count = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int(next().multipliedFullWidth(by: count).high)
    }

    /// True with this probability; 0 is never, 1 always.
    mutating func chance(_ probability: Double) -> Bool { uniform(in: 0...1) < probability }

    /// One of the elements.
    mutating func element<Element>(of elements: [Element]) -> Element {
        precondition(!elements.isEmpty, "element(of:) of nothing")
        return elements[uniform(in: 0...elements.count - 1)]
    }
}
