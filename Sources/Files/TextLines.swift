#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A line of a text file, without its line end.
package struct TextLine {
    package let path: String
    /// Counted from 1.
    package let number: Int
    /// Where it begins in the (unpacked) file.
    package let offset: Int
    /// Without line break, carriage return before it, and byte order mark; valid until the next line is read.
    package let bytes: UnsafeBufferPointer<UInt8>
    /// Whether a carriage return stands behind the bytes.
    package let endsWithCarriageReturn: Bool
    /// False for what follows the last line break.
    package let endsWithLineBreak: Bool
    /// Keeps the memory of `bytes`.
    fileprivate let lines: TextLines

    /// Whether there is nothing but blanks.
    package var isBlank: Bool { bytes.allSatisfy { Files.isBlank($0) } }

    /// The bytes as a string; what is no UTF-8 is replaced.
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// - Throws: `TextFileError` where the line is not UTF-8.
    package func checkUTF8() throws(TextFileError) {
        guard let invalid = UTF8Check.firstInvalidByte(bytes) else { return }
        throw TextFileError(
            .notUTF8, path, line: number,
            "byte \(offset + invalid) is not UTF-8; convert the file, for example with iconv -t UTF-8")
    }
}

/// The lines of a text file, one after the other: `\n` or `\r\n` between them, with or without a byte order mark, packed by
/// gzip or not. Memory is that of the longest line, which has a limit.
package final class TextLines {
    /// 16 MiB. Whatever the file unpacks to, no more of it is held.
    package static let longestLineByteCount = 1 << 24

    package let path: String
    private let file: UnpackedFile
    private let longestLineByteCount: Int
    private var buffer: UnsafeMutableBufferPointer<UInt8>
    /// What has been read and not been handed out: `start..<end` of the buffer.
    private var start = 0
    private var end = 0
    /// Where `start` is in the file.
    private var offset = 0
    private var number = 0
    private var isAtEnd = false

    /// - Throws: `TextFileError` when there is no such file, or none that can be read.
    package init(path: String, longestLineByteCount: Int = TextLines.longestLineByteCount) throws(TextFileError) {
        self.path = path
        self.longestLineByteCount = longestLineByteCount
        file = try UnpackedFile(path: path)
        buffer = .allocate(capacity: 1 << 16)
    }

    deinit { buffer.deallocate() }

    /// The next line; nil at the end. What follows the last line break is a line unless it is empty.
    ///
    /// - Throws: `TextFileError` for a file that is damaged and for a line that is too long.
    package func next() throws(TextFileError) -> TextLine? {
        var searched = start
        while true {
            if let found = memchr(buffer.baseAddress! + searched, 0x0A, end - searched) {
                let lineEnd = found - UnsafeMutableRawPointer(buffer.baseAddress!)
                return try line(endingAt: lineEnd, next: lineEnd + 1)
            }
            if isAtEnd {
                return start < end ? try line(endingAt: end, next: end) : nil
            }
            guard end - start <= longestLineByteCount else { throw tooLong(number + 1) }
            searched = end - start
            try readMore()
        }
    }

    /// Moves what is left to the buffer's beginning and reads behind it.
    private func readMore() throws(TextFileError) {
        let base = buffer.baseAddress!
        if start > 0 {
            memmove(base, base + start, end - start)
            end -= start
            start = 0
        }
        if end == buffer.count {
            let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * buffer.count)
            memcpy(larger.baseAddress!, base, end)
            buffer.deallocate()
            buffer = larger
        }
        let count = try file.read(into: buffer.baseAddress! + end, count: buffer.count - end)
        isAtEnd = count == 0
        end += count
        let isBeginning = number == 0 && offset == 0 && end - count < 3
        if isBeginning, end >= 3, UnsafeMutableBufferPointer(rebasing: buffer[..<end]).starts(with: [0xEF, 0xBB, 0xBF])
        {
            start = 3
            offset = 3
        }
    }

    private func line(endingAt lineEnd: Int, next: Int) throws(TextFileError) -> TextLine {
        number += 1
        guard lineEnd - start <= longestLineByteCount else { throw tooLong(number) }
        let endsWithCarriageReturn = lineEnd > start && buffer[lineEnd - 1] == 0x0D
        let bytes = buffer[start..<(endsWithCarriageReturn ? lineEnd - 1 : lineEnd)]
        let line = TextLine(
            path: path, number: number, offset: offset, bytes: UnsafeBufferPointer(rebasing: bytes),
            endsWithCarriageReturn: endsWithCarriageReturn, endsWithLineBreak: next > lineEnd, lines: self)
        offset += next - start
        start = next
        return line
    }

    private func tooLong(_ number: Int) -> TextFileError {
        TextFileError(
            .tooLong, path, line: number,
            "a line of more than \(longestLineByteCount) bytes; is this a text file with line breaks?")
    }
}
