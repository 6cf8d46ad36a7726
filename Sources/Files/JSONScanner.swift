/// Reads JSON from its beginning to its end, one value after the other (RFC 8259), and knows the line of a fault.
///
/// For files of many thousand small values, whose reader says what comes next: nothing is kept that it does not ask for.
/// Values lie at most `deepestNesting` inside each other.
package struct JSONScanner {
    /// What a value is, as its first byte tells.
    package enum Kind: Sendable { case object, list, string, number, boolean, null }

    /// Of objects and lists in each other; files of the field have five.
    package static let deepestNesting = 64

    package let path: String
    private let bytes: [UInt8]
    private var position: Int
    private var depth = 0

    /// Reads the bytes of a file; `path` is what messages call it.
    ///
    /// - Throws: `TextFileError` where a byte is not UTF-8.
    package init(_ bytes: [UInt8], path: String) throws(TextFileError) {
        self.path = path
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if let invalid = bytes.withUnsafeBufferPointer(UTF8Check.firstInvalidByte) {
            position = invalid
            throw malformed("byte \(invalid) is not UTF-8; fetch the file again")
        }
    }

    /// An error at the place that has been reached.
    package func malformed(_ message: String) -> TextFileError {
        let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }
        return TextFileError(.malformed, path, line: line, message)
    }

    /// The next byte that is no blank; nil at the end.
    private mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// What the next value is.
    ///
    /// - Throws: `TextFileError` where no value stands.
    package mutating func kind() throws(TextFileError) -> Kind {
        switch peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .list
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case nil: throw malformed("the JSON breaks off; fetch the file again")
        case let byte?: throw malformed("not JSON: no value begins with \(Self.name(byte)); fetch the file again")
        }
    }

    /// Reads an object; `member` is called behind each key and must read its value.
    package mutating func object(
        _ member: (_ scanner: inout JSONScanner, _ key: String) throws(TextFileError) -> Void
    ) throws(TextFileError) {
        try members(from: "{", to: "}") { scanner throws(TextFileError) in
            let key = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"))
            try member(&scanner, key)
        }
    }

    /// Reads a list; `element` is called before each element and must read it.
    package mutating func list(
        _ element: (_ scanner: inout JSONScanner) throws(TextFileError) -> Void
    ) throws(TextFileError) {
        try members(from: "[", to: "]", element)
    }

    private mutating func members(
        from first: Unicode.Scalar, to last: Unicode.Scalar,
        _ member: (_ scanner: inout JSONScanner) throws(TextFileError) -> Void
    ) throws(TextFileError) {
        try expect(UInt8(ascii: first))
        depth += 1
        guard depth <= Self.deepestNesting else {
            throw malformed("more than \(Self.deepestNesting) values inside each other; is this the right file?")
        }
        defer { depth -= 1 }
        if peek() == UInt8(ascii: last) {
            position += 1
            return
        }
        while true {
            try member(&self)
            if peek() == UInt8(ascii: last) {
                position += 1
                return
            }
            try expect(UInt8(ascii: ","))
        }
    }

    /// Reads a string.
    package mutating func string() throws(TextFileError) -> String {
        var text: [UInt8] = []
        try appendString(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a string and appends it to `text`, as UTF-8.
    package mutating func appendString(to text: inout [UInt8]) throws(TextFileError) {
        try expect(UInt8(ascii: "\""))
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try appendEscaped(to: &text)
            case 0..<0x20:
                position -= 1
                throw malformed("a control character within a string; fetch the file again")
            default: text.append(byte)
            }
        }
        throw malformed("the JSON breaks off within a string; fetch the file again")
    }

    /// Reads what follows a backslash.
    private mutating func appendEscaped(to text: inout [UInt8]) throws(TextFileError) {
        guard position < bytes.count else { throw malformed("the JSON breaks off within a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var value = try codeUnit()
            // Above U+FFFF a scalar is written as two halves, the high one first.
            if 0xD800..<0xDC00 ~= value, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try codeUnit()
                guard 0xDC00..<0xE000 ~= low else { throw malformed("half a character, \\u escape without its pair") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw malformed("half a character: a \\u escape without its pair")
            }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: throw malformed("no JSON string has a backslash before \(Self.name(byte))")
        }
    }

    /// Four hexadecimal digits.
    private mutating func codeUnit() throws(TextFileError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Self.hexadecimal(bytes[position]) else {
                throw malformed("four hexadecimal digits must follow \\u")
            }
            value = value << 4 | digit
            position += 1
        }
        return value
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        default: nil
        }
    }

    /// Reads a whole number that is not negative, without a point or an exponent.
    package mutating func count() throws(TextFileError) -> Int {
        _ = peek()
        let start = position
        var value = 0
        while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] {
            // A token's number has fewer digits than this.
            guard value < 1 << 53 else { throw malformed("too large a number") }
            value = 10 * value + Int(bytes[position] - 0x30)
            position += 1
        }
        guard position > start, position == bytes.count || !Self.isOfNumber(bytes[position]) else {
            throw malformed("expected is a whole number from 0 up")
        }
        return value
    }

    /// Reads a value and forgets it.
    package mutating func skip() throws(TextFileError) {
        switch try kind() {
        case .object: try object { scanner, _ throws(TextFileError) in try scanner.skip() }
        case .list: try list { scanner throws(TextFileError) in try scanner.skip() }
        case .string: _ = try string()
        case .number: while position < bytes.count, Self.isOfNumber(bytes[position]) { position += 1 }
        case .boolean: try word(peek() == UInt8(ascii: "t") ? "true" : "false")
        case .null: try word("null")
        }
    }

    /// Makes sure that nothing follows.
    package mutating func end() throws(TextFileError) {
        if let byte = peek() { throw malformed("\(Self.name(byte)) behind the end of the JSON; fetch the file again") }
    }

    private mutating func word(_ word: StaticString) throws(TextFileError) {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: letters) else { throw malformed("not JSON: expected is \(word)") }
        position += letters.count
    }

    private mutating func expect(_ byte: UInt8) throws(TextFileError) {
        guard let next = peek() else { throw malformed("the JSON breaks off; fetch the file again") }
        guard next == byte else {
            throw malformed("not JSON as expected: \(Self.name(next)) in place of \(Self.name(byte))")
        }
        position += 1
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func name(_ byte: UInt8) -> String {
        0x21..<0x7F ~= byte ? "\"\(Unicode.Scalar(byte))\"" : "byte \(byte)"
    }
}
