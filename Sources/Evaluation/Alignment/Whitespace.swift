/// White space and word boundaries as jiwer's default transforms see them.
enum Whitespace {
    /// The number of bytes of the white-space character at `position`, or 0: the characters of Python's `str.isspace`.
    @inline(__always)
    static func byteCount(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        let byte = text[position]
        if byte < 0x80 {
            return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) || (byte >= 0x1C && byte <= 0x1F) ? 1 : 0
        }
        if byte < 0xC2 || byte > 0xE3 { return 0 }
        return multibyteCount(text, at: position)
    }

    /// U+0085, U+00A0, U+1680, U+2000...U+200A, U+2028, U+2029, U+202F, U+205F and U+3000 in UTF-8.
    private static func multibyteCount(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        guard position + 1 < text.count else { return 0 }
        let second = text[position + 1]
        if text[position] == 0xC2 { return second == 0x85 || second == 0xA0 ? 2 : 0 }
        guard position + 2 < text.count else { return 0 }
        let third = text[position + 2]
        switch (text[position], second) {
        case (0xE1, 0x9A): return third == 0x80 ? 3 : 0
        case (0xE2, 0x80):
            return (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3 : 0
        case (0xE2, 0x81): return third == 0x9F ? 3 : 0
        case (0xE3, 0x80): return third == 0x80 ? 3 : 0
        default: return 0
        }
    }

    /// The text without white space at its ends.
    static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = text.count
        while start < end {
            let count = byteCount(text, at: start)
            if count == 0 { break }
            start += count
        }
        while end > start {
            var position = end - 1
            while position > start && text[position] & 0xC0 == 0x80 { position -= 1 }
            if byteCount(text, at: position) == 0 { break }
            end = position
        }
        return UnsafeBufferPointer(rebasing: text[start..<end])
    }

    /// Calls `body` with the byte range of every word.
    ///
    /// Words are separated by a space or by two and more white-space characters. A single tab or no-break space inside
    /// a line belongs to the word, as jiwer has it (`\s\s+` to one space, ends stripped, split at spaces).
    @inline(__always)
    static func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        let end = text.count
        var position = 0
        var start = -1
        while position < end {
            let first = byteCount(text, at: position)
            if first == 0 {
                if start < 0 { start = position }
                position += 1
                continue
            }
            var next = position + first
            var spaceCount = 1
            while next < end {
                let count = byteCount(text, at: next)
                if count == 0 { break }
                next += count
                spaceCount += 1
            }
            let isSeparator = spaceCount > 1 || text[position] == 0x20 || start < 0 || next == end
            if isSeparator && start >= 0 {
                body(start..<position)
                start = -1
            }
            position = next
        }
        if start >= 0 { body(start..<end) }
    }
}
