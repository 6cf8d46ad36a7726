import ArgumentParser
import Files
import FoundationEssentials
import Glibc
import Recognition
import Text

/// Writes texts to where they belong: to stdout, or to one file for each recording and format.
struct TranscriptWriter {
    let formats: [TranscriptionFormat]
    /// Nil: stdout.
    let template: OutputTemplate?
    let subtitles: SubtitleOptions
    /// Whether texts on stdout stand behind the names of their files.
    let hasHeaders: Bool

    /// - Throws: `FileWriteError`, `OutputError`; `TranscriptionFormatError` for a text that the only format cannot hold.
    func write(_ transcription: Transcription, of entry: AudioFileList.Entry) throws {
        for format in formats {
            let content: String
            do {
                content = try format.content(
                    transcription, file: SystemPath.shown(entry.path, isOneLine: false),
                    name: SystemPath.shown(entry.name, isOneLine: false), subtitles: subtitles)
            } catch let error as TranscriptionFormatError where formats.count > 1 {
                printWarning("\(entry.shown): \(error)")
                continue
            }
            guard let template else {
                // As head and tail show several files. The other formats name the file themselves.
                let isNamed = [.json, .ctm, .trn].contains(format)
                try writeOutput((hasHeaders && !isNamed ? "==> \(entry.shown) <==\n" : "") + content)
                continue
            }
            let path = template.path(of: entry, language: transcription.language, format: format.fileExtension)
            try Interruption.whole {
                try AtomicFile.makeFolder(parentFolder(path))
                try AtomicFile.write(Data(content.utf8), to: path)
            }
            printError("wrote \(SystemPath.shown(path))")
        }
    }

    /// Whether the texts of a recording are there.
    ///
    /// - Parameter language: the recording's; empty: any.
    func areThere(_ entry: AudioFileList.Entry, language: String) -> Bool {
        guard let template else { return false }
        let isOpen = language.isEmpty && template.hasLanguage
        let languages = isOpen ? WhisperLanguage.all.map(\.code) + ["und"] : [language]
        return languages.contains { language in
            formats.allSatisfy {
                isFile(template.path(of: entry, language: language, format: $0.fileExtension))
            }
        }
    }

    /// - Throws: `ValidationError` where two recordings, or two formats of one, would be written to one file.
    func refuseEqualPaths(_ entries: [AudioFileList.Entry]) throws {
        guard let template else { return }
        var owners: [String: (entry: AudioFileList.Entry, format: TranscriptionFormat)] = [:]
        for entry in entries {
            for format in formats {
                let path = template.path(of: entry, language: "", format: format.fileExtension)
                guard let owner = owners.updateValue((entry, format), forKey: path) else { continue }
                let shown = SystemPath.shown(path)
                guard owner.format == format else {
                    throw ValidationError(
                        "\(owner.format.rawValue) and \(format.rawValue) would both be written to \(shown): --output-template needs {format}."
                    )
                }
                throw ValidationError(
                    "\(owner.entry.shown) and \(entry.shown) would both be written to \(shown); tell them apart by "
                        + "--output-template with {extension}, or use another --output-dir for one of them.")
            }
        }
    }

    /// Sees to it before hours of work that files can be written at the end of them.
    ///
    /// - Throws: `FileWriteError` for a folder that cannot be made or written to.
    func checkFolders(_ entries: [AudioFileList.Entry]) throws {
        guard let template else { return }
        let paths = entries.map { parentFolder(template.path(of: $0, language: "", format: "txt")) }
        for path in Set(paths).sorted() {
            // The last folder of the way that exists: the others are made.
            var folder = path[...]
            while SystemPath.kind(String(folder)) == .nothing, let slash = folder.lastIndex(of: "/") {
                folder = slash == folder.startIndex ? "/" : folder[..<slash]
            }
            if SystemPath.kind(String(folder)) == .nothing { folder = "." }
            let path = String(folder)
            guard SystemPath.kind(path) == .folder else { throw FileWriteError(path: path, code: ENOTDIR) }
            guard SystemPath.withBytes(path, { access($0, W_OK | X_OK) }) == 0 else {
                throw FileWriteError(path: path, code: errno)
            }
        }
    }
}
