import Tensors

/// Reads the numbers and texts of a binary file one after the other, each checked against the end of the file.
struct ByteCursor {
    let path: String
    let file: MappedFile
    /// The byte that is read next.
    private(set) var offset: Int
    /// The byte behind the last that may be read.
    let end: Int

    init(_ file: MappedFile, path: String, from offset: Int = 0, end: Int? = nil) {
        self.path = path
        self.file = file
        self.offset = offset
        self.end = end ?? file.bytes.count
    }

    var isAtEnd: Bool { offset >= end }

    /// A little-endian integer.
    ///
    /// - Throws: `ModelError` where the file ends within it, naming `what`.
    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type, _ what: String) throws(ModelError) -> Integer {
        let range = try bytes(Integer.bitWidth / 8, what)
        return Integer(littleEndian: file.bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Integer.self))
    }

    /// A little-endian integer as an `Int`, which must be within `range`.
    ///
    /// - Throws: `ModelError` where the file ends within it, or it is something else.
    mutating func number<Integer: FixedWidthInteger>(
        _ type: Integer.Type, _ what: String, in range: ClosedRange<Int> = 0...Int.max
    ) throws(ModelError) -> Int {
        let start = offset
        let value = try integer(type, what)
        guard let number = Int(exactly: value), range.contains(number) else {
            throw ModelError("\(path): \(what), at byte \(start), is \(value); the file is damaged: get it again")
        }
        return number
    }

    /// Where the next `count` bytes lie in the file.
    ///
    /// - Throws: `ModelError` where there are not as many.
    mutating func bytes(_ count: Int, _ what: String) throws(ModelError) -> Range<Int> {
        guard count >= 0, count <= end - offset else {
            throw ModelError(
                "\(path): at byte \(offset), \(what) needs \(count) bytes, but \(max(0, end - offset)) are left; the file is "
                    + "incomplete or damaged: get it again")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    /// The next `count` bytes as UTF-8.
    ///
    /// - Throws: `ModelError` where there are not as many, or they are not UTF-8.
    mutating func text(_ count: Int, _ what: String) throws(ModelError) -> String {
        let range = try bytes(count, what)
        guard let text = String(validating: file.bytes[range], as: UTF8.self) else {
            throw ModelError(
                "\(path): \(what), at byte \(range.lowerBound), is not text; the file is damaged: get it again")
        }
        return text
    }
}
