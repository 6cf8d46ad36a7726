import Audio
import Files

extension Manifest {
    /// Transcripts of CMU Sphinx, such as those of AN4: `<s> words of the utterance </s> (id)`, in `etc/NAME.transcription`.
    ///
    /// The audio is where `etc/NAME.fileids` says, a path without ending on each line, below `wav/` beside `etc/`; without that file it is
    /// beside the transcripts. Headerless audio (`.raw`) is not read.
    static func readSphinxTranscript(_ transcripts: String, _ builder: inout ManifestBuilder) throws {
        let folder = parentFolder(transcripts)
        var pathByID: [String: String] = [:]
        let fileIDs = AudioFileName.stem(transcripts) + ".fileids"
        if isFile(fileIDs) {
            try builder.forEachLine(of: fileIDs) { _, line, _ in
                let path = trimmed(line)
                pathByID[String(lastPathComponent(path))] = path
            }
        }
        let bases = [joinedPath(parentFolder(folder), "wav"), folder]
        try builder.forEachLine(of: transcripts) { source, line, builder in
            guard let (text, id) = splitTranscript(line) else {
                return builder.report("no (id) at the end of the line", at: source)
            }
            let words = text.utf8.split(whereSeparator: isBlank).map { String(Substring($0)) }
            let path = pathByID[id] ?? id
            let names = AudioFileName.endings.sorted().map { "\(path).\($0)" }
            guard let audio = names.lazy.compactMap({ firstFile($0, in: bases) }).first else {
                return builder.report(
                    "no audio file \(path).sph (or .wav ...) in \(bases[0]) or \(bases[1])", at: source)
            }
            builder.add(
                id: id, audioPath: audio, text: words.filter { $0 != "<s>" && $0 != "</s>" }.joined(separator: " "),
                source: source)
        }
    }
}
