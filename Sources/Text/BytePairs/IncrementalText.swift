/// Text from bytes that arrive in pieces, cut only at whole characters (Unicode scalars): bytes of an unfinished one wait for the next piece.
///
/// Bytes that are no UTF-8 become U+FFFD, one for each longest beginning of a character, as in Python's `errors="replace"`
/// (Unicode Standard, section 3.9, substitution of maximal subparts). All pieces together are the text of all bytes together.
public struct IncrementalText: Sendable {
    /// The beginning of a character whose end has not arrived: at most three bytes.
    private var unfinished: [UInt8] = []

    public init() {}

    /// The characters that are complete with these bytes.
    public mutating func append(_ bytes: some Collection<UInt8>) -> String {
        unfinished.append(contentsOf: bytes)
        let complete = unfinished.count - Self.unfinishedByteCount(unfinished)
        let text = String(decoding: unfinished[..<complete], as: UTF8.self)
        unfinished.removeFirst(complete)
        return text
    }

    /// What is left at the end: U+FFFD where a character has not been finished, else nothing.
    public mutating func finish() -> String {
        defer { unfinished = [] }
        return String(decoding: unfinished, as: UTF8.self)
    }

    /// How many bytes at the end are the beginning of a character to which nothing wrong has happened yet.
    private static func unfinishedByteCount(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let first = bytes[bytes.count - length]
            // What continues a character leads back to its first byte.
            if first & 0xC0 == 0x80 { continue }
            guard 0xC2...0xF4 ~= first, length < (first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4) else { return 0 }
            guard length > 1 else { return 1 }
            // Neither an overlong form, nor half a pair, nor above U+10FFFF.
            let second = bytes[bytes.count - length + 1]
            switch first {
            case 0xE0: return second >= 0xA0 ? length : 0
            case 0xED: return second < 0xA0 ? length : 0
            case 0xF0: return second >= 0x90 ? length : 0
            case 0xF4: return second < 0x90 ? length : 0
            default: return length
            }
        }
        return 0
    }
}
