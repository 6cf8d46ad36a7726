/// Whether a byte of UTF-8 is a space, a tab or a line end.
package func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

/// The text without blanks at both ends.
package func trimmed(_ text: String) -> String { trimmed(text[...]) }

/// The text without blanks at both ends.
package func trimmed(_ text: Substring) -> String {
    let utf8 = text.utf8
    guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
    else {
        return ""
    }
    return String(text[first...last])
}

/// The first word of a line and the rest of it, both without blanks at the ends: `1-2-0003 HELLO THERE`.
package func splitAtFirstBlank(_ line: String) -> (head: String, tail: String) {
    let line = trimmed(line)
    guard let blank = line.utf8.firstIndex(where: isBlank) else { return (line, "") }
    return (String(line[..<blank]), trimmed(line[blank...]))
}
