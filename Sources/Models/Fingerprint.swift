import Text

/// A short name for a sequence of numbers: FNV-1a, 64 bits, a number at a time.
package struct Fingerprint: CustomStringConvertible {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func add(_ bits: UInt64) { hash = (hash ^ bits) &* 0x100_0000_01b3 }

    /// 16 hexadecimal digits.
    package var description: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Vocabulary {
    /// A short name for exactly these characters in this order.
    var fingerprint: String {
        var fingerprint = Fingerprint()
        for character in characters { fingerprint.add(UInt64(character.value)) }
        return fingerprint.description
    }
}
