import FoundationEssentials

/// A text file as lines of bytes: UTF-8, with `\n` or `\r\n`, with or without a byte order mark, packed by gzip or not.
struct TextFile {
    package let path: String
    package let bytes: [UInt8]

    /// - Parameter limit: no more than so many bytes, from the beginning.
    /// - Throws: `ManifestError` when the file cannot be read or unpacked.
    package init(path: String, limit: Int = .max) throws {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ManifestError("no such file", path: path)
        }
        guard !isFolder else { throw ManifestError("a folder, where a file is needed", path: path) }
        self.init(path: path, bytes: try unpackedBytes(path: path, limit: limit))
    }

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// Calls `body` with the number (from 1) and the text of each line that is not blank; a line that is no UTF-8 is a problem.
    func forEachLine(_ builder: inout ManifestBuilder, _ body: (Int, String, inout ManifestBuilder) -> Void) {
        var number = 0
        var start = 0
        while start < bytes.count {
            var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let next = end + 1
            number += 1
            if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            if let line = String(validating: bytes[start..<end], as: UTF8.self) {
                if line.utf8.contains(where: { !isBlank($0) }) { body(number, line, &builder) }
            } else {
                builder.report("not UTF-8 (byte \(start) of the file and on); convert the file to UTF-8", self, number)
            }
            start = next
        }
    }
}

/// Whether a byte of UTF-8 is a space, a tab or a line end.
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

/// The text without blanks at both ends.
func trimmed(_ text: String) -> String { trimmed(text[...]) }

func trimmed(_ text: Substring) -> String {
    let utf8 = text.utf8
    guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
    else {
        return ""
    }
    return String(text[first...last])
}

/// The first word of a line and the rest of it, both without blanks at the ends: `1-2-0003 HELLO THERE`.
func splitAtFirstBlank(_ line: String) -> (head: String, tail: String) {
    let line = trimmed(line)
    guard let blank = line.utf8.firstIndex(where: isBlank) else { return (line, "") }
    return (String(line[..<blank]), trimmed(line[blank...]))
}
