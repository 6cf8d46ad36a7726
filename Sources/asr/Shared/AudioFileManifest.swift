import Audio
import Datasets
import Files

/// A list of audio files: one path on each line, paths with zero bytes behind them (`find -print0`), JSON lines with `audio_filepath`, or a table with
/// a column of paths.
enum AudioFileManifest {
    /// A path as the list has it, and as it is opened.
    struct Path {
        let name: String
        let path: String
    }

    /// - Parameter list: a file, packed by gzip or not; - is standard input. Relative paths begin at its folder, at `clips` in it, or else
    ///   at the current one.
    /// - Throws: `TextFileError`; `ManifestError` for a list without paths.
    static func paths(_ list: String) throws -> [Path] {
        let folder = list == "-" ? "." : parentFolder(list)
        let names = try names(list == "-" ? "/dev/stdin" : list)
        if names.isEmpty { throw ManifestError("there is no audio file in this list", path: list) }
        return names.map { name in
            Path(
                name: name,
                path: firstFile(name, in: [folder, joinedPath(folder, "clips"), "."]) ?? joinedPath(folder, name))
        }
    }

    private static func names(_ list: String) throws -> [String] {
        switch AudioFileName.ending(list.hasSuffix(".gz") ? String(list.dropLast(3)) : list) {
        case "jsonl", "json": try objects(list)
        case "csv": try column(list, .comma)
        case "tsv": try column(list, .tab)
        default: try lines(list)
        }
    }

    /// Names may have any bytes; with zero bytes between them, line ends too.
    private static func lines(_ list: String) throws -> [String] {
        let bytes = try WholeFile.bytes(list, limit: 1 << 30)
        let separator: UInt8 = bytes.contains(0) ? 0 : 0x0A
        return bytes.split(separator: separator).compactMap { line in
            let isDOS = separator == 0x0A && line.last == 0x0D
            let name = (isDOS ? line.dropLast() : line).withUnsafeBufferPointer { SystemPath.text($0) }
            return name.isEmpty ? nil : name
        }
    }

    private struct Object: Decodable {
        let audioPath: String?
        let wav: String?
        let offset: Double?

        enum CodingKeys: String, CodingKey {
            case wav, offset
            case audioPath = "audio_filepath"
        }
    }

    private static func objects(_ list: String) throws -> [String] {
        let (lines, json) = (try TextLines(path: list), JSONLines())
        var names: [String] = []
        while let line = try lines.next() {
            if line.isBlank { continue }
            let object = try json.object(Object.self, of: line)
            guard let name = object.audioPath ?? object.wav else {
                throw TextFileError(.malformed, list, line: line.number, "no key `audio_filepath` (or `wav`)")
            }
            if let offset = object.offset, offset > 0 {
                throw TextFileError(
                    .malformed, list, line: line.number,
                    "`offset`: only whole files are transcribed; asr evaluate takes labelled parts of files")
            }
            names.append(name)
        }
        return names
    }

    private static func column(_ list: String, _ separator: TableSeparator) throws -> [String] {
        let rows = try TableRows(path: list, separator: separator)
        guard let header = try rows.next() else { return [] }
        let titles = header.fields.map { trimmed($0).lowercased() }
        guard let column = Manifest.audioColumns.lazy.compactMap(titles.firstIndex(of:)).first else {
            throw TextFileError(
                .malformed, list, line: header.line,
                "the header has the columns \(titles.joined(separator: ", ")); it needs one of \(Manifest.audioColumns.joined(separator: ", "))"
            )
        }
        var names: [String] = []
        while let row = try rows.next() {
            guard row.fields.count == titles.count, !row.fields[column].isEmpty else {
                throw TextFileError(.malformed, list, line: row.line, "no audio file in the column `\(titles[column])`")
            }
            names.append(row.fields[column])
        }
        return names
    }
}
