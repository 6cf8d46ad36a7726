extension SplitMix64 {
    /// Fisher and Yates's shuffle, here so that the order does not depend on the version of the standard library.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            let other = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
            elements.swapAt(last, other)
        }
    }
}
