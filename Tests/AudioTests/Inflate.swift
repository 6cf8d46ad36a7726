import Files

/// Reads what `Deflate` writes, straight from RFC 1951: stored blocks and dynamic codes are not needed and not known.
struct Inflate {
    private let bytes: [UInt8]
    private var position = 0
    struct Unreadable: Error { let reason: String }

    /// The content of a zlib stream of one block with fixed codes, its Adler-32 checked.
    static func content(ofZlibStream bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count > 6, bytes[0] == 0x78, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0 else {
            throw Unreadable(reason: "zlib header")
        }
        var reader = Inflate(bytes: Array(bytes[2..<(bytes.count - 4)]))
        let content = try reader.block()
        guard (reader.position + 7) / 8 == reader.bytes.count else { throw Unreadable(reason: "length") }
        var (low, high) = (1, 0)
        for byte in content { (low, high) = ((low + Int(byte)) % 65_521, (high + low + Int(byte)) % 65_521) }
        let stated = bytes.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        guard stated == high << 16 | low else { throw Unreadable(reason: "checksum") }
        return content
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func bit() -> Int {
        defer { position += 1 }
        return Int(bytes[position / 8] >> UInt8(position % 8) & 1)
    }

    private mutating func number(bits: Int) -> Int { (0..<bits).reduce(0) { $0 | bit() << $1 } }

    private mutating func code(bits: Int, after prefix: Int = 0) -> Int {
        (0..<bits).reduce(prefix) { value, _ in value << 1 | bit() }
    }

    private mutating func symbol() -> Int {
        let seven = code(bits: 7)
        if seven < 0b001_1000 { return 256 + seven }
        let eight = code(bits: 1, after: seven)
        if eight < 0b1100_0000 { return eight - 0b0011_0000 }
        if eight < 0b1100_1000 { return 280 + eight - 0b1100_0000 }
        return 144 + code(bits: 1, after: eight) - 0b1_1001_0000
    }

    /// The tables of section 3.2.5.
    private static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBase = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073,
        4_097,
        6_145, 8_193, 12_289, 16_385, 24_577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]

    private mutating func block() throws -> [UInt8] {
        guard number(bits: 1) == 1, number(bits: 2) == 1 else { throw Unreadable(reason: "block header") }
        var output: [UInt8] = []
        while true {
            let symbol = symbol()
            if symbol == 256 { return output }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            let length = Self.lengthBase[symbol - 257] + number(bits: Self.lengthBits[symbol - 257])
            let distanceCode = code(bits: 5)
            let distance = Self.distanceBase[distanceCode] + number(bits: Self.distanceBits[distanceCode])
            guard distance <= output.count else { throw Unreadable(reason: "distance") }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
