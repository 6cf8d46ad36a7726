import Files

extension Manifest {
    /// A CSV or TSV file whose columns are found by the names in its header, never by their position.
    ///
    /// Audio files are looked for beside the table and in `clips/` beside it; `duration`, `offset` or `start`, and
    /// `end` are in seconds.
    static func readTable(_ file: TextFile, _ separator: TableSeparator, _ builder: inout ManifestBuilder) throws {
        var rows = TableRows(file: file, separator: separator)
        guard let header = rows.next(&builder) else {
            throw ManifestError("empty; expected is a header line", path: file.path)
        }
        let names = header.fields.map { trimmed($0).lowercased() }
        func column(_ known: [String]) -> Int? { known.lazy.compactMap(names.firstIndex(of:)).first }
        guard let audio = column(audioColumns), let text = column(textColumns) else {
            throw ManifestError(
                "the header has the columns \(names.joined(separator: ", ")); needed are one of "
                    + "\(audioColumns.joined(separator: ", ")) and one of \(textColumns.joined(separator: ", "))",
                path: file.path, line: header.line)
        }
        let id = column(["id", "utterance_id"])
        let speaker = column(["client_id", "speaker", "speaker_id"])
        let times = (start: column(["offset", "start"]), duration: column(["duration"]), end: column(["end"]))

        let folder = parentFolder(file.path)
        let bases = [folder, joinedPath(folder, "clips")]
        while let row = rows.next(&builder) {
            let source = SourceLine(path: file.path, line: row.line)
            guard row.fields.count == names.count else {
                builder.report("\(row.fields.count) fields, but the header has \(names.count)", at: source)
                continue
            }
            let name = row.fields[audio]
            if name.isEmpty {
                builder.report("no audio file in the column `\(names[audio])`", at: source)
                continue
            }
            guard let path = firstFile(name, in: bases) else {
                builder.report("no audio file \(name) in \(bases[0]) or \(bases[1])", at: source)
                continue
            }
            let given = [times.start, times.duration, times.end].compactMap(\.self).filter { !row.fields[$0].isEmpty }
            if let wrong = given.first(where: { Double(row.fields[$0]) == nil }) {
                builder.report("the \(names[wrong]) \(row.fields[wrong]) is not a number of seconds", at: source)
                continue
            }
            func seconds(_ column: Int?) -> Double? { column.flatMap { Double(row.fields[$0]) } }
            builder.add(
                id: id.map { row.fields[$0] }, audioPath: path, startInSeconds: seconds(times.start),
                endInSeconds: seconds(times.end), durationInSeconds: seconds(times.duration),
                text: row.fields[text], speaker: speaker.map { row.fields[$0] }, source: source)
        }
    }

    private static let audioColumns = [
        "path", "wav_filename", "audio_filepath", "audio", "wav", "filename", "file_name",
    ]
    private static let textColumns = ["sentence", "transcript", "text", "tgt_text", "transcription"]
}

/// What stands between the fields of a row.
enum TableSeparator {
    /// Fields may be quoted and then hold commas, line ends and doubled quotes (RFC 4180).
    case comma
    /// A tab always separates; a field that is quoted as in a CSV file is unquoted, any other quote is text.
    case tab
}

/// Reads a table row by row.
struct TableRows {
    package let file: TextFile
    package let separator: TableSeparator
    private var position = 0
    private var line = 0

    package init(file: TextFile, separator: TableSeparator) {
        self.file = file
        self.separator = separator
    }

    /// The next row that is not blank, with the line (from 1) where it begins; nil at the end.
    ///
    /// Rows that are no UTF-8 are reported and passed over; so is a quote that is never closed, which ends the table.
    package mutating func next(_ builder: inout ManifestBuilder) -> (fields: [String], line: Int)? {
        while position < file.bytes.count {
            line += 1
            let first = line
            guard let fields = separator == .comma ? commaSeparatedFields() : tabSeparatedFields() else {
                builder.report("a quote that is never closed", file, first)
                position = file.bytes.count
                return nil
            }
            if fields.allSatisfy({ $0.allSatisfy(isBlank) }) { continue }
            let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
            guard texts.count == fields.count else {
                builder.report("not UTF-8; convert the file to UTF-8", file, first)
                continue
            }
            return (texts, first)
        }
        return nil
    }

    private mutating func tabSeparatedFields() -> [[UInt8]] {
        let bytes = file.bytes
        var end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        let next = end + 1
        if end > position, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        defer { position = next }
        return bytes[position..<end].split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map(
            unquoted)
    }

    /// `"He said ""no""."` becomes `He said "no".`; anything else stays.
    private func unquoted(_ field: ArraySlice<UInt8>) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        guard field.count >= 2, field.first == quote, field.last == quote else { return Array(field) }
        var result: [UInt8] = []
        var index = field.startIndex + 1
        while index < field.endIndex - 1 {
            if field[index] == quote {
                index += 1
                // A single quote inside: the field was not quoted, its text begins and ends with a quote.
                guard index < field.endIndex - 1, field[index] == quote else { return Array(field) }
            }
            result.append(field[index])
            index += 1
        }
        return result
    }

    private mutating func commaSeparatedFields() -> [[UInt8]]? {
        let bytes = file.bytes
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var quoted = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\"") where quoted:
                if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                    field.append(byte)
                    position += 1
                } else {
                    quoted = false
                }
            case UInt8(ascii: "\"") where field.isEmpty: quoted = true
            case UInt8(ascii: ",") where !quoted:
                fields.append(field)
                field = []
            case UInt8(ascii: "\n") where !quoted:
                if field.last == UInt8(ascii: "\r") { field.removeLast() }
                return fields + [field]
            default:
                if byte == UInt8(ascii: "\n") { line += 1 }
                field.append(byte)
            }
        }
        return quoted ? nil : fields + [field]
    }
}
