import Files

/// Reads text files for a manifest: a line that is wrong is one problem among others, a file that cannot be read ends the reading.
extension ManifestBuilder {
    /// After so many problems the rest of a file is left: whatever it is, it is not labelled data, and problems take memory.
    private static let problemLimit = 100_000

    /// Calls `body` with the place and the text of each line that is not blank; a line that is not UTF-8 is a problem.
    ///
    /// - Throws: `TextFileError` for a file that is not there or damaged, and for a line that does not end.
    mutating func forEachLine(
        of path: String, _ body: (SourceLine, String, inout ManifestBuilder) throws -> Void
    ) throws {
        let lines = try TextLines(path: path)
        while canGoOn(path), let line = try lines.next() {
            if line.isBlank { continue }
            do {
                try line.checkUTF8()
            } catch {
                report(error)
                continue
            }
            try body(SourceLine(path: path, line: line.number), line.string, &self)
        }
    }

    /// Calls `body` with the object of each line that is not blank; a line that is no such object is a problem.
    ///
    /// - Throws: `TextFileError` for a file that is not there or damaged, and for a line that does not end.
    mutating func forEachObject<Object: Decodable>(
        _: Object.Type, of path: String, _ body: (Object, SourceLine, inout ManifestBuilder) throws -> Void
    ) throws {
        let lines = try TextLines(path: path)
        let reader = JSONLines()
        while canGoOn(path), let line = try lines.next() {
            if line.isBlank { continue }
            let object: Object
            do {
                object = try reader.object(Object.self, of: line)
            } catch {
                report(error)
                continue
            }
            try body(object, SourceLine(path: path, line: line.number), &self)
        }
    }

    /// Calls `body` with each row; one that is not UTF-8 is a problem, and so is a quote that is never closed, which ends the table.
    ///
    /// - Throws: `TextFileError` for a file that is damaged, and for a line that does not end.
    mutating func forEachRow(
        of rows: TableRows, _ body: (TableRows.Row, inout ManifestBuilder) throws -> Void
    ) throws {
        while canGoOn(rows.path) {
            let row: TableRows.Row?
            do {
                row = try rows.next()
            } catch {
                guard error.code == .notUTF8 || error.code == .unclosedQuote else { throw error }
                report(error)
                continue
            }
            guard let row else { return }
            try body(row, &self)
        }
    }

    private mutating func report(_ error: TextFileError) {
        report(error.message, at: SourceLine(path: error.path, line: error.line))
    }

    /// False when there are too many problems already.
    private mutating func canGoOn(_ path: String) -> Bool {
        if problems.count < Self.problemLimit { return true }
        if problems.count == Self.problemLimit {
            report("\(Self.problemLimit) problems; the rest is not read", at: SourceLine(path: path))
        }
        return false
    }
}
