/// Records of a few bits each, one behind the other, in memory that belongs to somebody else.
struct BitPackedArray {
    private let bytes: UnsafeRawPointer
    private let bitsPerRecord: Int
    let count: Int

    /// A field has at most this many bits, so that one read of 8 bytes has it.
    static let longestField = 57

    /// - Parameter bytes: `byteCount` of them.
    init(_ bytes: UnsafeRawPointer, bitsPerRecord: Int, count: Int) {
        self.bytes = bytes
        self.bitsPerRecord = bitsPerRecord
        self.count = count
    }

    /// Bytes of memory for so many records: a multiple of 8, and 8 more that may be read with the last one.
    static func byteCount(bitsPerRecord: Int, count: Int) -> Int { (bitsPerRecord * count + 63) / 64 * 8 + 8 }

    /// The field of a record that begins at a bit of it.
    @inline(__always)
    func field(_ index: Int, at offset: Int, mask: UInt64) -> UInt64 {
        let bit = index * bitsPerRecord + offset
        return (bytes + bit >> 3).loadUnaligned(as: UInt64.self).littleEndian >> UInt64(bit & 7) & mask
    }

    /// Packs records behind one another.
    struct Writer {
        private(set) var bytes: [UInt8]
        private var bit = 0

        init(bitsPerRecord: Int, count: Int) {
            bytes = Array(repeating: 0, count: BitPackedArray.byteCount(bitsPerRecord: bitsPerRecord, count: count))
        }

        /// Adds the low `bits` bits of a value.
        mutating func append(_ value: UInt64, bits: Int) {
            bytes.withUnsafeMutableBytes { buffer in
                let place = bit >> 3
                let old = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                buffer.storeBytes(
                    of: (old | value << UInt64(bit & 7)).littleEndian, toByteOffset: place, as: UInt64.self)
            }
            bit += bits
        }
    }
}
