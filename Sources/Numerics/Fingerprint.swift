/// A short name for a sequence of numbers: FNV-1a, 64 bits, a number at a time.
package struct Fingerprint: CustomStringConvertible {
    /// The hash so far.
    package private(set) var bits: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func add(_ bits: UInt64) { self.bits = (self.bits ^ bits) &* 0x100_0000_01b3 }

    package mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(UInt64(byte)) } }

    /// 16 hexadecimal digits.
    package var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
