import Files

extension Manifest {
    /// A CSV or TSV file whose columns are found by the names in its header, never by their position.
    ///
    /// Audio files are looked for beside the table and in `clips/` beside it; `duration`, `offset` or `start`, and
    /// `end` are in seconds.
    static func readTable(_ path: String, _ separator: TableSeparator, _ builder: inout ManifestBuilder) throws {
        let rows = try TableRows(path: path, separator: separator)
        guard let header = try rows.next() else {
            throw ManifestError("empty; expected a header line", path: path)
        }
        let names = header.fields.map { trimmed($0).lowercased() }
        func column(_ known: [String]) -> Int? { known.lazy.compactMap(names.firstIndex(of:)).first }
        guard let audio = column(audioColumns), let text = column(textColumns) else {
            throw ManifestError(
                "the header has the columns \(names.joined(separator: ", ")); it needs one of "
                    + "\(audioColumns.joined(separator: ", ")) and one of \(textColumns.joined(separator: ", "))",
                path: path, line: header.line)
        }
        let id = column(["id", "utterance_id"])
        let speaker = column(["client_id", "speaker", "speaker_id"])
        let times = (start: column(["offset", "start"]), duration: column(["duration"]), end: column(["end"]))

        let folder = parentFolder(path)
        let bases = [folder, joinedPath(folder, "clips")]
        try builder.forEachRow(of: rows) { row, builder in
            let source = SourceLine(path: path, line: row.line)
            guard row.fields.count == names.count else {
                builder.report("\(row.fields.count) fields, but the header has \(names.count)", at: source)
                return
            }
            let name = row.fields[audio]
            if name.isEmpty {
                builder.report("no audio file in the column `\(names[audio])`", at: source)
                return
            }
            guard let audioPath = firstFile(name, in: bases) else {
                builder.report("no audio file \(name) in \(bases[0]) or \(bases[1])", at: source)
                return
            }
            let given = [times.start, times.duration, times.end].compactMap(\.self).filter { !row.fields[$0].isEmpty }
            if let wrong = given.first(where: { Double(row.fields[$0]) == nil }) {
                builder.report("the \(names[wrong]) \(row.fields[wrong]) is not a number of seconds", at: source)
                return
            }
            func seconds(_ column: Int?) -> Double? { column.flatMap { Double(row.fields[$0]) } }
            builder.add(
                id: id.map { row.fields[$0] }, audioPath: audioPath, startInSeconds: seconds(times.start),
                endInSeconds: seconds(times.end), durationInSeconds: seconds(times.duration),
                text: row.fields[text], speaker: speaker.map { row.fields[$0] }, source: source)
        }
    }

    /// Names of the column that has the paths of audio files.
    package static let audioColumns = [
        "path", "wav_filename", "audio_filepath", "audio", "wav", "filename", "file_name",
    ]
    private static let textColumns = ["sentence", "transcript", "text", "tgt_text", "transcription"]
}
