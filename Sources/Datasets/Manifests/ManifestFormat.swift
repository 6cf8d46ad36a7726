import Audio
import Files
import FoundationEssentials

/// The layouts of labelled data that are read, recognised by what is there.
public enum ManifestFormat: String, Sendable, CaseIterable {
    /// A tree with `*.trans.txt` files at any depth, each beside its audio files: `84-121123-0000 GO DO YOU HEAR`.
    case libriSpeech
    /// A Kaldi data folder: `wav.scp`, `text`, and if there are any `utt2spk` and `segments`.
    case kaldi
    /// One JSON object per line: `audio_filepath`, `text`, ... (NeMo) or `key`, `wav`, `txt` (wenet).
    case jsonLines
    /// Lhotse's cuts, one JSON object per line with `supervisions` and a `recording` in it.
    case lhotseCuts
    /// Lhotse's supervisions, one JSON object per line, with the recordings in a file beside it.
    case lhotseSupervisions
    /// flashlight's list, `id path size text`.
    case flashlightList
    /// A CSV file with a header: DeepSpeech's `wav_filename,wav_filesize,transcript` and its like.
    case commaSeparated
    /// A TSV file with a header: Common Voice's `client_id path sentence` and its like.
    case tabSeparated
    /// NIST `trn` lines, `words (id)`, beside `id.wav`.
    case transcript
    /// CMU Sphinx' transcripts, `<s> words </s> (id)`.
    case sphinxTranscript
    /// A tree of audio files, each with a text file of the same name.
    case textBesideAudio

    /// Whether the whole folder is the data set, rather than one file of it.
    var isFolder: Bool { self == .libriSpeech || self == .kaldi || self == .textBesideAudio }

    /// The layout at a path, and the folder or file to read.
    ///
    /// - Throws: `ManifestError` when nothing is there, or nothing that is known, or several manifests.
    package static func recognized(at path: String) throws -> (format: ManifestFormat, file: String) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ManifestError("no such file or folder; check the path", path: path)
        }
        if isFolder { return try recognizedFolder(at: path) }
        guard let format = fileFormat(of: path) else {
            throw ManifestError("not a manifest; \(expectation)", path: path)
        }
        return (format, path)
    }

    private static func recognizedFolder(at path: String) throws -> (ManifestFormat, String) {
        let folder = try Folder(path: path)
        if folder.files.contains("wav.scp") { return (.kaldi, path) }
        let manifests = folder.files.filter { fileFormat(of: joinedPath(path, $0)) != nil }
        if manifests.count == 1 { return try recognized(at: joinedPath(path, manifests[0])) }
        if manifests.count > 1 {
            let names = manifests.prefix(5).joined(separator: ", ")
            throw ManifestError("\(manifests.count) manifests (\(names)); name the one to read", path: path)
        }
        let tree = try Folder.tree(path: path)
        if tree.contains(where: { $0.files.contains { $0.hasSuffix(".trans.txt") } }) { return (.libriSpeech, path) }
        if tree.contains(where: hasTextBesideAudio) { return (.textBesideAudio, path) }
        let audioFiles = tree.flatMap { $0.files.filter(AudioFileName.isAudio) }
        let found = audioFiles.isEmpty ? "no labelled data" : "\(audioFiles.count) audio files without any text"
        throw ManifestError("\(found); \(expectation)", path: path)
    }

    /// The format that a single file's name, or for JSON its beginning, shows. All may be packed by gzip: `cuts.jsonl.gz`.
    private static func fileFormat(of path: String) -> ManifestFormat? {
        switch AudioFileName.ending(path.hasSuffix(".gz") ? String(path.dropLast(3)) : path) {
        case "csv": return .commaSeparated
        case "tsv": return .tabSeparated
        case "trn": return .transcript
        case "transcription": return .sphinxTranscript
        case "lst": return .flashlightList
        case "jsonl": return jsonFormat(of: path, otherwise: .jsonLines)
        // Many a JSON file is no manifest: its first line must name an audio file.
        case "json", "list", "manifest": return jsonFormat(of: path, otherwise: nil)
        default: return nil
        }
    }

    private static func jsonFormat(of path: String, otherwise: ManifestFormat?) -> ManifestFormat? {
        guard let line = try? TextLines(path: path).next()?.string else { return otherwise }
        func has(_ key: String) -> Bool { line.contains("\"\(key)\"") }
        if has("audio_filepath") || has("wav") { return .jsonLines }
        if has("supervisions") { return .lhotseCuts }
        if has("recording_id") { return .lhotseSupervisions }
        // Recordings are read with their supervisions.
        return has("sources") ? nil : otherwise
    }

    private static func hasTextBesideAudio(_ folder: Folder) -> Bool {
        let names = Set(folder.files)
        return folder.files.contains { AudioFileName.isAudio($0) && names.contains(AudioFileName.stem($0) + ".txt") }
    }

    private static let expectation = """
        expected a LibriSpeech tree (*.trans.txt), a Kaldi data folder (wav.scp, text), a .jsonl manifest (of Lhotse: cuts or \
        supervisions), a .csv or .tsv file with a header, a .trn, .lst or .transcription file, or audio files each with a .txt file of \
        the same name
        """
}
