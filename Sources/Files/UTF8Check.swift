/// Looks for bytes that are not UTF-8.
package enum UTF8Check {
    /// Where the first sequence begins that is not well-formed (no overlong forms, no surrogates, nothing above U+10FFFF);
    /// nil where all is UTF-8.
    package static func firstInvalidByte(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let bytes = UnsafeRawBufferPointer(bytes)
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes, at: position)
            if length == 0 { return position }
            position += length
        }
        return nil
    }

    /// The length of the well-formed sequence at `position` (a run of eight for ASCII), or 0.
    @inline(__always)
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
        if position + 8 <= bytes.count {
            let eight = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if eight & 0x8080_8080_8080_8080 == 0 { return 8 }
        }
        let first = bytes[position]
        if first < 0x80 { return 1 }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        if first < 0xC2 || first > 0xF4 || position + length > bytes.count { return 0 }
        for index in 1..<length where bytes[position + index] & 0xC0 != 0x80 { return 0 }
        let second = bytes[position + 1]
        switch first {
        case 0xE0: return second >= 0xA0 ? 3 : 0
        case 0xED: return second < 0xA0 ? 3 : 0
        case 0xF0: return second >= 0x90 ? 4 : 0
        case 0xF4: return second < 0x90 ? 4 : 0
        default: return length
        }
    }
}
