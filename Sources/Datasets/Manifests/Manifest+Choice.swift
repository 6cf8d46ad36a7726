import Numerics

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
