import Numerics

/// Changes well-formed files into broken ones: the same input for the same target, seed and number.
public struct FuzzMutator: Sendable {
    private let target: FuzzTarget
    private let key: RandomKey

    /// No input is longer: what grows with the input is found at this length too.
    private static let largestByteCount = 1 << 16

    public init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        key = RandomKey(seed: seed).derived(target.name)
    }

    /// Input number `index`.
    public func input(_ index: Int) -> [UInt8] {
        var generator = key.derived(index).generator
        func below(_ count: Int) -> Int { generator.below(count) }
        var bytes = target.seeds[below(target.seeds.count)]
        // One change most of the time: many together hide each other.
        for _ in 0...(below(2) == 0 ? 0 : below(8)) { change(&bytes, using: &generator) }
        return Array(bytes.prefix(Self.largestByteCount))
    }

    private func change(_ bytes: inout [UInt8], using generator: inout SplitMix64) {
        func below(_ count: Int) -> Int { generator.below(max(1, count)) }
        // Every second change is where headers are.
        let place = below(min(bytes.count, below(2) == 0 ? 128 : .max) + 1)
        let end = min(bytes.count, place + 1 + below(below(4) == 0 ? bytes.count : 16))
        switch below(10) {
        case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
        case 1: if place < bytes.count { bytes[place] = UInt8(below(256)) }
        case 2: bytes.removeSubrange(place..<max(place, end))
        case 3: bytes.insert(contentsOf: bytes[place..<max(place, end)], at: place)
        case 4: bytes.removeSubrange(place...)
        case 5:
            let other = target.seeds[below(target.seeds.count)]
            bytes.replaceSubrange(place..., with: other[min(other.count, below(other.count + 1))...])
        case 6:
            // A part many times over: what grows faster than the input.
            let part = Array(bytes[place..<max(place, end)])
            let times = min(1 << below(15), Self.largestByteCount / max(1, part.count))
            bytes.insert(contentsOf: (0..<times).flatMap { _ in part }, at: place)
        case 7:
            // A length or an offset of a binary header.
            let value: UInt64 = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF_FFFF, 0x8000_0000, .max >> 1, .max, .max - 7][below(10)]
            let width = 1 << below(4)
            let isLittle = below(2) == 0
            let place = place / min(width, 4) * min(width, 4)  // Most formats align them.
            for index in 0..<width where place + index < bytes.count {
                bytes[place + index] = UInt8(
                    truncatingIfNeeded: value >> (8 * UInt64(isLittle ? index : width - 1 - index)))
            }
        case 8:
            bytes.insert(contentsOf: target.dictionary[below(target.dictionary.count)], at: place)
        default:
            // A number or a word is replaced whole, so that what is around it stays in order.
            let isPart = { (byte: UInt8) in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            }
            guard let first = bytes[place...].firstIndex(where: isPart) else { return }
            let last = bytes[first...].firstIndex { !isPart($0) } ?? bytes.count
            bytes.replaceSubrange(first..<last, with: target.dictionary[below(target.dictionary.count)])
        }
    }
}

extension SplitMix64 {
    /// Uniform in 0..<`count`, by no function of the standard library, whose way may change.
    fileprivate mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }
}
