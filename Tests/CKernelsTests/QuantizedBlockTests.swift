import CKernels
import Testing

/// Blocks of ggml, worked out by hand. In each the scale d is 0.5 (0x3800) and the offset m is -1 (0xBC00).
@Suite struct QuantizedBlockTests {
    private static let scale: [UInt8] = [0x00, 0x38]
    private static let offset: [UInt8] = [0x00, 0xBC]
    /// Byte i has the low bits i of number i, and 15 - i of number i + 16.
    private static let nibbles = (0..<16).map { UInt8($0 | (15 - $0) << 4) }
    private static let integers = (0..<32).map { $0 < 16 ? $0 : 31 - $0 }

    private func values(_ kind: block_kind, _ bytes: [UInt8]) -> [Float] {
        #expect(Int(kernel_block_byte_count(kind)) == bytes.count)
        var values = [Float](repeating: .nan, count: 64)
        kernel_values_of_blocks(kind, &values, bytes + bytes, 2)
        #expect(Array(values[..<32]) == Array(values[32...]))
        return Array(values[..<32])
    }

    @Test func fourBitsRoundAScale() {
        #expect(values(block_q4_0, Self.scale + Self.nibbles) == Self.integers.map { 0.5 * Float($0 - 8) })
    }

    @Test func fourBitsAboveAnOffset() {
        let expected = Self.integers.map { 0.5 * Float($0) - 1 }
        #expect(values(block_q4_1, Self.scale + Self.offset + Self.nibbles) == expected)
    }

    // The fifth bits 0x8001_0002: numbers 1, 16 and 31 are 16 larger.
    private static let fifth: [UInt8] = [0x02, 0x00, 0x01, 0x80]
    private static let longer = integers.enumerated().map {
        [1, 16, 31].contains($0.offset) ? $0.element + 16 : $0.element
    }

    @Test func fiveBitsRoundAScale() {
        let expected = Self.longer.map { 0.5 * Float($0 - 16) }
        #expect(values(block_q5_0, Self.scale + Self.fifth + Self.nibbles) == expected)
    }

    @Test func fiveBitsAboveAnOffset() {
        let expected = Self.longer.map { 0.5 * Float($0) - 1 }
        #expect(values(block_q5_1, Self.scale + Self.offset + Self.fifth + Self.nibbles) == expected)
    }

    @Test func eightBits() {
        let integers = (0..<32).map { Int8($0 * 8 - 128) }
        let bytes = integers.map { UInt8(bitPattern: $0) }
        #expect(values(block_q8_0, Self.scale + bytes) == integers.map { 0.5 * Float($0) })
    }
}
