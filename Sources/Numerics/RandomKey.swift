/// A key for random numbers that depend on nothing but what they are for: hash the seed with a step, an utterance, an
/// operation ... and the same numbers come out on any thread, in any order, and after a restart.
public struct RandomKey: Sendable, Equatable {
    /// The key's 64 bits.
    public let bits: UInt64

    /// The key of a seed.
    public init(seed: UInt64) { bits = RandomKey.mixed(seed &+ 0x9e37_79b9_7f4a_7c15) }

    /// The key for one use among many under this key.
    public func derived(_ use: Int) -> RandomKey {
        RandomKey(seed: bits ^ RandomKey.mixed(UInt64(truncatingIfNeeded: use) &+ 0x632b_e59b_d9b4_e019))
    }

    /// The key for one use among many under this key.
    public func derived(_ use: String) -> RandomKey {
        var fingerprint = Fingerprint()
        fingerprint.add(use.utf8)
        return RandomKey(seed: bits ^ fingerprint.bits)
    }

    /// A sequence of random numbers under this key.
    public var generator: SplitMix64 { SplitMix64(state: bits) }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): a small generator with a 64-bit state.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// The state: saving and restoring it continues the sequence.
    public var state: UInt64

    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return RandomKey.mixed(state)
    }

    /// Uniform in 0..<1, with 24 bits.
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// Uniform in 0..<1, with 53 bits.
    public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
