import Tensors

extension SplitMix64 {
    /// Fisher and Yates's shuffle, here so that the order does not depend on the version of the standard library.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            let other = Int(next().multipliedFullWidth(by: UInt64(last + 1)).high)
            elements.swapAt(last, other)
        }
    }
}

extension Manifest {
    /// `count` utterances chosen by a seed, in their order in the manifest; all of them where there are no more.
    public func choice(of count: Int, seed: UInt64) -> Manifest {
        guard count < utterances.count else { return self }
        var generator = RandomKey(seed: seed).derived("choice").generator
        var indices = Array(utterances.indices)
        generator.shuffle(&indices)
        return Manifest(utterances: indices.prefix(count).sorted().map { utterances[$0] })
    }
}
