/// Lossless compression (RFC 1950, RFC 1951) with repeated strings and the fixed Huffman codes: enough for pictures whose
/// rows repeat.
struct Deflate {
    private var output: [UInt8]
    private var bits: UInt64 = 0
    private var bitCount = 0

    private static let windowLength = 32_768
    private static let shortestMatch = 4
    private static let longestMatch = 258
    /// How many earlier places with the same first four bytes are tried.
    private static let attempts = 8

    /// Compresses `input` into a zlib stream.
    static func zlibStream(_ input: [UInt8]) -> [UInt8] {
        var encoder = Deflate(output: [0x78, 0x9C])  // 32 KiB window, default effort
        encoder.write(1, count: 1)  // the last block
        encoder.write(1, count: 2)  // fixed codes
        encoder.compress(input)
        encoder.writeSymbol(256)  // end of block
        encoder.write(0, count: 7)  // fill the last byte
        var result = encoder.output
        result.appendBigEndian(checksum(input))
        return result
    }

    private init(output: [UInt8]) { self.output = output }

    private mutating func compress(_ input: [UInt8]) {
        // Places with the same hash: the latest, and from each the one before it.
        var latest = [Int32](repeating: -1, count: 1 << 15)
        var previous = [Int32](repeating: -1, count: input.count)
        input.withUnsafeBufferPointer { input in
            var position = 0
            while position < input.count {
                var best = (length: 0, distance: 0)
                if position + Self.shortestMatch <= input.count {
                    var candidate = Int(latest[Self.hash(input, position)])
                    var attempt = 0
                    while candidate >= 0, position - candidate <= Self.windowLength, attempt < Self.attempts {
                        let length = Self.matchLength(input, candidate, position)
                        if length > best.length { best = (length, position - candidate) }
                        candidate = Int(previous[candidate])
                        attempt += 1
                    }
                }
                let isMatch = best.length >= Self.shortestMatch
                if isMatch {
                    writeMatch(length: best.length, distance: best.distance)
                } else {
                    writeSymbol(Int(input[position]))
                }
                let end = position + (isMatch ? best.length : 1)
                while position < end {
                    if position + Self.shortestMatch <= input.count {
                        let key = Self.hash(input, position)
                        previous[position] = latest[key]
                        latest[key] = Int32(position)
                    }
                    position += 1
                }
            }
        }
    }

    private static func hash(_ input: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let word = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(input[position + $1]) }
        return Int((word &* 2_654_435_761) >> 17)
    }

    private static func matchLength(_ input: UnsafeBufferPointer<UInt8>, _ earlier: Int, _ position: Int) -> Int {
        let limit = min(longestMatch, input.count - position)
        var length = 0
        while length < limit, input[earlier + length] == input[position + length] { length += 1 }
        return length
    }

    /// Appends the low `count` bits, lowest first.
    private mutating func write(_ value: Int, count: Int) {
        bits |= UInt64(value) << UInt64(bitCount)
        bitCount += count
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    /// Huffman codes are written with their highest bit first.
    private mutating func writeCode(_ code: Int, count: Int) {
        var reversed = 0
        for bit in 0..<count where code >> bit & 1 == 1 { reversed |= 1 << (count - 1 - bit) }
        write(reversed, count: count)
    }

    /// A literal (0...255), the end of the block (256) or a length code (257...285), RFC 1951 section 3.2.6.
    private mutating func writeSymbol(_ symbol: Int) {
        switch symbol {
        case ...143: writeCode(0x30 + symbol, count: 8)
        case ...255: writeCode(0x190 + symbol - 144, count: 9)
        case ...279: writeCode(symbol - 256, count: 7)
        default: writeCode(0xC0 + symbol - 280, count: 8)
        }
    }

    /// A length and a distance, each a code for its range and further bits for its place there (section 3.2.5).
    private mutating func writeMatch(length: Int, distance: Int) {
        if length == Self.longestMatch {
            writeSymbol(285)
        } else {
            let (code, extra, extraCount) = Self.rangeCode(length - 3, groupBits: 2)
            writeSymbol(257 + code)
            write(extra, count: extraCount)
        }
        let (code, extra, extraCount) = Self.rangeCode(distance - 1, groupBits: 1)
        writeCode(code, count: 5)
        write(extra, count: extraCount)
    }

    /// Ranges double in width every `1 << groupBits` codes, beginning with single values.
    private static func rangeCode(_ value: Int, groupBits: Int) -> (code: Int, extra: Int, extraCount: Int) {
        guard value >= 2 << groupBits else { return (value, 0, 0) }
        let extraCount = Int.bitWidth - 1 - value.leadingZeroBitCount - groupBits
        let code = (extraCount << groupBits) + value >> extraCount
        return (code, value & ((1 << extraCount) - 1), extraCount)
    }

    /// Adler-32.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var (low, high) = (UInt32(1), UInt32(0))
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}
