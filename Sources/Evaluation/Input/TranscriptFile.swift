import FoundationEssentials

/// The content of a file of transcripts, cut into lines.
struct TranscriptFile {
    let path: String
    let content: Data

    /// Reads a whole file and checks that it is UTF-8.
    ///
    /// - Throws: `TranscriptError` when the file cannot be read or holds bytes that are no UTF-8.
    init(path: String) throws {
        self.path = path
        do {
            content = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw TranscriptError(.unreadable, path, "cannot be read; check that it is a file and may be read")
        }
        try content.withUnsafeBytes { try Self.checkUTF8($0, path: path) }
    }

    private static func checkUTF8(_ bytes: UnsafeRawBufferPointer, path: String) throws {
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes, at: position)
            if length == 0 {
                let line = bytes[..<position].reduce(into: 1) { if $1 == 0x0A { $0 += 1 } }
                throw TranscriptError(
                    .notUTF8, path, line: line,
                    "byte \(position) is not UTF-8; convert the file, for example with iconv -t UTF-8")
            }
            position += length
        }
    }

    /// The length of the well-formed UTF-8 sequence at `position` (a run of eight for ASCII), or 0.
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
        // No overlong forms, no surrogates, nothing above U+10FFFF.
        switch first {
        case 0xE0: return second >= 0xA0 ? 3 : 0
        case 0xED: return second < 0xA0 ? 3 : 0
        case 0xF0: return second >= 0x90 ? 4 : 0
        case 0xF4: return second < 0x90 ? 4 : 0
        default: return length
        }
    }

    /// Calls `body` with every line's bytes and number (from 1), without line breaks, carriage returns and a leading
    /// byte-order mark.
    func forEachLine(_ body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void) rethrows {
        try content.withUnsafeBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            var number = 1
            while start < bytes.count {
                let end = Self.lineEnd(bytes, from: start)
                let isCarriageReturn = end > start && bytes[end - 1] == 0x0D
                try body(UnsafeBufferPointer(rebasing: bytes[start..<(isCarriageReturn ? end - 1 : end)]), number)
                start = end + 1
                number += 1
            }
        }
    }

    @inline(__always)
    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position < bytes.count && bytes[position] != 0x0A { position += 1 }
        return position
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The bytes as a string.
    var string: String { String(decoding: self, as: UTF8.self) }

    /// The first `count` words between ASCII white space, and where the rest begins (past the white space after them).
    func leadingFields(_ count: Int) -> (fields: [String], rest: Int)? {
        var fields: [String] = []
        var position = 0
        while position < self.count && self[position].isBlank { position += 1 }
        while fields.count < count {
            let start = position
            while position < self.count && !self[position].isBlank { position += 1 }
            if position == start { return nil }
            fields.append(UnsafeBufferPointer(rebasing: self[start..<position]).string)
            while position < self.count && self[position].isBlank { position += 1 }
        }
        return (fields, position)
    }
}

extension UInt8 {
    /// Space or tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
}
