import Files

extension TranscriptReader {
    /// A comma- or tab-separated table with the columns' names in its first row.
    func table(_ path: String, separator: TableSeparator) throws -> [Transcript] {
        do {
            let rows = try TableRows(path: path, separator: separator)
            guard let header = try rows.next() else {
                throw TranscriptError(.malformed, path, "empty; expected a header line with the columns' names")
            }
            var transcripts: [Transcript] = []
            while let row = try rows.next() {
                guard row.fields.count == header.fields.count else {
                    throw TranscriptError(
                        .malformed, path, line: row.line,
                        "\(row.fields.count) fields, but the header names \(header.fields.count) columns; quote fields "
                            + "that hold the separator")
                }
                var fields: [String: JSONScalar] = [:]
                for (name, value) in zip(header.fields, row.fields) { fields[name] = .text(value) }
                transcripts.append(try transcript(fields, path: path, line: row.line))
            }
            return transcripts
        } catch let error as TextFileError {
            throw TranscriptError(error)
        }
    }
}
