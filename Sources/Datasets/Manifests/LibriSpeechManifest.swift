import Files

extension Manifest {
    /// LibriSpeech: `<spk>-<chapter>.trans.txt` with lines `<spk>-<chapter>-<number> TEXT`, the audio files beside it.
    ///
    /// Audio files of the tree that no line names are problems too: nothing is left out without a word.
    static func readLibriSpeech(folder: String, _ builder: inout ManifestBuilder) throws {
        for chapter in try Folder.tree(path: folder) {
            var audioFiles = chapter.audioFilesByStem()
            for name in chapter.files where name.hasSuffix(".trans.txt") {
                try builder.forEachLine(of: joinedPath(chapter.path, name)) { source, line, builder in
                    let (id, text) = splitAtFirstBlank(line)
                    guard let candidates = audioFiles.removeValue(forKey: id) else {
                        return builder.report(
                            "no audio file \(id).flac (or .wav, .opus ...) in this folder", at: source)
                    }
                    addOnlyCandidate(candidates, in: chapter, id: id, text: text, source: source, &builder)
                }
            }
            for name in audioFiles.values.joined().sorted() {
                let source = SourceLine(path: joinedPath(chapter.path, name))
                builder.report("no line of a .trans.txt file in this folder names this audio file", at: source)
            }
        }
    }

    /// The utterance of the one audio file of a name; with two (`a.flac` and `a.wav`) it is not clear which is meant.
    private static func addOnlyCandidate(
        _ candidates: [String], in chapter: Folder, id: String, text: String, source: SourceLine,
        _ builder: inout ManifestBuilder
    ) {
        guard candidates.count == 1 else {
            return builder.report("\(candidates.joined(separator: " and ")) have the same name; keep one", at: source)
        }
        let parts = id.split(separator: "-")
        builder.add(
            id: id, audioPath: joinedPath(chapter.path, candidates[0]), text: text,
            speaker: parts.count > 1 ? String(parts[0]) : nil, source: source)
    }
}
