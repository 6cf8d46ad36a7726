/// The checksum of TensorFlow's record files: CRC-32C (Castagnoli), RFC 3720 section 12.1 and appendix B.4.
package enum CRC32C {
    /// The checksum of some bytes; 0 for none.
    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var remainder: UInt32 = 0xFFFF_FFFF
        for byte in bytes { remainder = remainder >> 8 ^ table[Int((remainder ^ UInt32(byte)) & 0xFF)] }
        return ~remainder
    }

    /// The checksum as it stands in a record file: rotated by 15 bits, plus a constant, so that a checksum of bytes that
    /// hold a checksum stays a good one (tensorflow/tensorflow `tensorflow/core/lib/hash/crc32c.h`, `Mask`).
    package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let checksum = checksum(bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }

    /// The remainder of each byte by the polynomial 0x1EDC6F41, bits reflected.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }
}
