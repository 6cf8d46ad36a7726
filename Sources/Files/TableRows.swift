/// What stands between the fields of a row.
package enum TableSeparator: Sendable {
    /// Fields may be quoted and then hold commas, line ends and doubled quotes (RFC 4180).
    case comma
    /// A tab always separates; a field that is quoted as in a CSV file is unquoted, any other quote is text.
    case tab
}

/// The rows of a CSV or TSV file, one after the other.
package final class TableRows {
    /// The fields of a row, and the line (from 1) where it begins.
    package struct Row {
        package var fields: [String]
        package var line: Int
    }

    package var path: String { lines.path }

    private let lines: TextLines
    private let separator: TableSeparator
    private let longestRowByteCount: Int
    /// Whether the quote of a field is open: between two rows, one that is never closed.
    private var isQuoted = false
    /// The bytes of the fields of the row, one behind the other, and where each ends.
    private var bytes: [UInt8] = []
    private var fieldEnds: [Int] = []

    /// - Throws: `TextFileError` when there is no such file, or none that can be read.
    package init(
        path: String, separator: TableSeparator, longestRowByteCount: Int = TextLines.longestLineByteCount
    ) throws(TextFileError) {
        lines = try TextLines(path: path, longestLineByteCount: longestRowByteCount)
        self.separator = separator
        self.longestRowByteCount = longestRowByteCount
    }

    /// The next row that is not blank; nil at the end.
    ///
    /// - Throws: `TextFileError`. After a row that is not UTF-8 the next call goes on behind it, and after a quote
    ///   that is never closed there is nothing more.
    package func next() throws(TextFileError) -> Row? {
        while !isQuoted, let line = try lines.next() {
            let first = line.number
            bytes.removeAll(keepingCapacity: true)
            fieldEnds.removeAll(keepingCapacity: true)
            switch separator {
            case .tab: splitAtTabs(line)
            case .comma:
                splitAtCommas(line)
                while isQuoted {
                    guard bytes.count <= longestRowByteCount else { throw unclosedQuote(first) }
                    guard let more = try lines.next() else { throw unclosedQuote(first) }
                    bytes.append(0x0A)
                    splitAtCommas(more)
                }
            }
            if bytes.allSatisfy(isBlank) { continue }
            return Row(fields: try fields(line: first), line: first)
        }
        return nil
    }

    private func unclosedQuote(_ line: Int) -> TextFileError {
        TextFileError(.unclosedQuote, lines.path, line: line, "a quote that is never closed; close it")
    }

    private func fields(line: Int) throws(TextFileError) -> [String] {
        var fields: [String] = []
        var start = 0
        for end in fieldEnds {
            guard let field = String(validating: bytes[start..<end], as: UTF8.self) else {
                throw TextFileError(
                    .notUTF8, lines.path, line: line, "not UTF-8; convert the file, for example with iconv -t UTF-8")
            }
            fields.append(field)
            start = end
        }
        return fields
    }

    private func splitAtTabs(_ line: TextLine) {
        var start = 0
        for index in 0...line.bytes.count where index == line.bytes.count || line.bytes[index] == 0x09 {
            appendUnquoted(line.bytes[start..<index])
            fieldEnds.append(bytes.count)
            start = index + 1
        }
    }

    /// `"He said ""no""."` becomes `He said "no".`; anything else stays.
    private func appendUnquoted(_ field: Slice<UnsafeBufferPointer<UInt8>>) {
        let quote = UInt8(ascii: "\"")
        let before = bytes.count
        guard field.count >= 2, field.first == quote, field.last == quote else {
            return bytes.append(contentsOf: field)
        }
        var index = field.startIndex + 1
        while index < field.endIndex - 1 {
            if field[index] == quote {
                index += 1
                guard index < field.endIndex - 1, field[index] == quote else {
                    // A single quote inside: the field was not quoted, its text begins and ends with a quote.
                    bytes.removeLast(bytes.count - before)
                    return bytes.append(contentsOf: field)
                }
            }
            bytes.append(field[index])
            index += 1
        }
    }

    /// Appends the fields of a line, the last one as far as the line goes.
    private func splitAtCommas(_ line: TextLine) {
        let quote = UInt8(ascii: "\"")
        var position = 0
        while position < line.bytes.count {
            let byte = line.bytes[position]
            position += 1
            let isAtFieldStart = bytes.count == (fieldEnds.last ?? 0)
            if isQuoted {
                if byte != quote {
                    bytes.append(byte)
                } else if position < line.bytes.count, line.bytes[position] == quote {
                    bytes.append(quote)
                    position += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote && isAtFieldStart {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                fieldEnds.append(bytes.count)
            } else {
                bytes.append(byte)
            }
        }
        if isQuoted {
            if line.endsWithCarriageReturn { bytes.append(0x0D) }
        } else {
            fieldEnds.append(bytes.count)
        }
    }
}
