/// The letters in which vocabulary files write bytes: GPT-2's table, in which each byte is one visible letter.
///
/// Bytes that are visible in Latin-1 stand for themselves; the 68 others, in their order, are U+0100 and up. A space is thus `Ġ`, a line
/// break `Ċ` (openai/gpt-2, `src/encoder.py`, `bytes_to_unicode`).
package enum ByteLetters {
    /// The letter of each byte: a scalar below U+0144.
    static let letters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256 as Range<UInt32>).map { byte in
            if isVisible(byte) { return Unicode.Scalar(byte)! }
            defer { next += 1 }
            return Unicode.Scalar(next)!
        }
    }()

    /// The byte of the letter with this code point; -1 where it is no such letter.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, letter) in letters.enumerated() { bytes[Int(letter.value)] = Int16(byte) }
        return bytes
    }()

    private static func isVisible(_ byte: UInt32) -> Bool {
        0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte
    }

    /// Appends to `result` the bytes that a text in letters, itself UTF-8, stands for.
    ///
    /// - Returns: whether every letter is one of the table; if not, `result` has what stands before the first that is none.
    static func appendBytes(of text: some Collection<UInt8>, to result: inout [UInt8]) -> Bool {
        var iterator = text.makeIterator()
        while let first = iterator.next() {
            var value = Int(first)
            if first >= 0x80 {
                // All letters of the table have one or two bytes.
                guard first & 0xE0 == 0xC0, let second = iterator.next() else { return false }
                value = Int(first & 0x1F) << 6 | Int(second & 0x3F)
            }
            guard value < bytes.count, bytes[value] >= 0 else { return false }
            result.append(UInt8(bytes[value]))
        }
        return true
    }

    /// Bytes as text in letters.
    package static func text(of bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(letters[Int(byte)]) }
        return String(text)
    }
}
