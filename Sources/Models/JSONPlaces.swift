/// Where things stand in a JSON text (RFC 8259), for error messages: the line of each value, and the first mistake.
///
/// The decoder of JSON says what is wrong, but not where.
struct JSONPlaces {
    /// The line, counted from 1, on which the value of each key path stands; elements of lists have their index as key.
    private(set) var lines: [[String]: Int] = [:]
    /// The first place that is no JSON: nil if the text is whole.
    private(set) var mistake: Mistake?

    struct Mistake: Error, Equatable {
        /// Counted from 1.
        var line: Int
        /// Of the line, counted from 1, in bytes.
        var column: Int
        var expected: String
    }

    private let bytes: [UInt8]
    private var position = 0
    /// The line that `position` is on, and where it begins.
    private var line = 1
    private var lineStart = 0

    /// Deeper nesting than this is a mistake, as it is for the decoder.
    private static let largestDepth = 512

    init(_ content: some Sequence<UInt8>) {
        bytes = Array(content)
        do throws(Mistake) {
            try readValue([])
            skipSpace()
            if position < bytes.count { throw mistake(expected: "nothing more") }
        } catch {
            mistake = error
        }
    }

    /// The line of a value, or of the innermost value around it that is there.
    func line(of path: [String]) -> Int? {
        for count in stride(from: path.count, through: 0, by: -1) {
            if let line = lines[Array(path.prefix(count))] { return line }
        }
        return nil
    }

    private func mistake(expected: String) -> Mistake {
        Mistake(
            line: line, column: position - lineStart + 1,
            expected: position == bytes.count ? "\(expected), and the file ends" : expected)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            position += 1
            if byte == 0x0A { (line, lineStart) = (line + 1, position) }
        }
    }

    /// Goes behind `character`, after spaces, if it is next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func readValue(_ path: [String]) throws(Mistake) {
        skipSpace()
        guard path.count < Self.largestDepth else { throw mistake(expected: "less nesting") }
        lines[path] = line
        switch next ?? 0 {
        case UInt8(ascii: "{"): try readObject(path)
        case UInt8(ascii: "["): try readList(path)
        case UInt8(ascii: "\""): _ = try readText()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
        default:
            for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return
            }
            if ["true", "false", "null"].contains(where: { $0.utf8.starts(with: bytes[position...]) }) {
                position = bytes.count
            }
            throw mistake(expected: "a value")
        }
    }

    private mutating func readObject(_ path: [String]) throws(Mistake) {
        position += 1
        if take("}") { return }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw mistake(expected: "a key in double quotes") }
            let key = try readText()
            guard take(":") else { throw mistake(expected: "a colon after the key \"\(key)\"") }
            try readValue(path + [key])
        } while take(",")
        guard take("}") else { throw mistake(expected: "a comma or }") }
    }

    private mutating func readList(_ path: [String]) throws(Mistake) {
        position += 1
        if take("]") { return }
        var index = 0
        repeat {
            try readValue(path + ["\(index)"])
            index += 1
        } while take(",")
        guard take("]") else { throw mistake(expected: "a comma or ]") }
    }

    /// Reads a text; escapes stay as they are written.
    private mutating func readText() throws(Mistake) -> String {
        let start = position + 1
        position = start
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw mistake(expected: "a closing double quote") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                guard let escaped = next, "\"\\/bfnrtu".utf8.contains(escaped) else {
                    throw mistake(expected: "one of \"\\/bfnrtu after a backslash")
                }
                position += 1
            }
        }
        guard next != nil else { throw mistake(expected: "a closing double quote") }
        position += 1
        guard let text = String(validating: bytes[start..<position - 1], as: UTF8.self) else {
            position = start
            throw mistake(expected: "UTF-8 in the text")
        }
        return text
    }

    private mutating func readNumber() throws(Mistake) {
        if next == UInt8(ascii: "-") { position += 1 }
        try readDigits()
        if next == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try readDigits()
        }
    }

    private mutating func readDigits() throws(Mistake) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw mistake(expected: "a digit") }
    }
}
