/// Reads comma- and tab-separated tables with a header (RFC 4180: quotes round a field, doubled inside it).
extension TranscriptReader {
    func table(_ file: TranscriptFile, separator: UInt8) throws -> [Transcript] {
        var rows = try file.content.withUnsafeBytes { raw in
            try Self.rows(raw.bindMemory(to: UInt8.self), separator: separator, path: file.path)
        }
        guard !rows.isEmpty else {
            throw TranscriptError(.malformed, file.path, "empty; expected a header line with the columns' names")
        }
        let header = rows.removeFirst().fields
        return try rows.map { row in
            guard row.fields.count == header.count else {
                throw TranscriptError(
                    .malformed, file.path, line: row.line,
                    "\(row.fields.count) fields, but the header names \(header.count) columns; quote fields that hold "
                        + "the separator")
            }
            var fields: [String: ManifestValue] = [:]
            for (name, value) in zip(header, row.fields) { fields[name] = .text(value) }
            return try transcript(fields, file: file, line: row.line)
        }
    }

    struct Row {
        var fields: [String]
        var line: Int
    }

    /// Cuts a table into rows. In a tab-separated table quotes are ordinary characters.
    private static func rows(_ bytes: UnsafeBufferPointer<UInt8>, separator: UInt8, path: String) throws -> [Row] {
        let quote = UInt8(ascii: "\"")
        let allowsQuotes = separator != UInt8(ascii: "\t")
        var rows: [Row] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var line = 1
        var firstLine = 1
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        func endRow() {
            if field.last == 0x0D { field.removeLast() }
            endField()
            if fields != [""] { rows.append(Row(fields: fields, line: firstLine)) }
            fields.removeAll(keepingCapacity: true)
        }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0x0A { line += 1 }
            if isQuoted {
                if byte != quote {
                    field.append(byte)
                } else if position < bytes.count && bytes[position] == quote {
                    field.append(quote)
                    position += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote && allowsQuotes && field.isEmpty {
                isQuoted = true
            } else if byte == separator {
                endField()
            } else if byte == 0x0A {
                endRow()
                firstLine = line
            } else {
                field.append(byte)
            }
        }
        if isQuoted {
            throw TranscriptError(.malformed, path, line: firstLine, "a quoted field does not end; close its quote")
        }
        if !field.isEmpty || !fields.isEmpty { endRow() }
        return rows
    }
}
