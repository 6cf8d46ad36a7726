import Evaluation
import Files

extension Manifest {
    /// NIST `trn` lines, `words of the utterance (speaker_utterance)`, with the audio file `id.wav` (`.flac` ...) beside the trn file.
    ///
    /// Alternatives `{ um / uh }` are for scoring: a text to learn from says one thing, so they are problems.
    static func readTranscript(_ path: String, _ builder: inout ManifestBuilder) throws {
        let folder = try Folder(path: parentFolder(path))
        let audioFiles = folder.audioFilesByStem()
        try builder.forEachLine(of: path) { source, line, builder in
            let line = trimmed(line)
            if line.hasPrefix(";;") { return }  // A comment.
            guard let (text, id) = splitTranscript(line) else {
                return builder.report("no (id) at the end of the line", at: source)
            }
            guard !text.contains(where: { $0 == "{" || $0 == "}" }) else {
                return builder.report("alternatives { a / b } cannot be learned from; keep what is said", at: source)
            }
            guard let candidates = audioFiles[id] else {
                return builder.report("no audio file \(id).wav (or .flac, .opus ...) beside the trn file", at: source)
            }
            guard candidates.count == 1 else {
                return builder.report(
                    "\(candidates.joined(separator: " and ")) have the same name; keep one", at: source)
            }
            builder.add(
                id: id, audioPath: joinedPath(folder.path, candidates[0]), text: text,
                speaker: TranscriptReader.speaker(ofID: id), source: source)
        }
    }

    /// The two parts of a line `words of the utterance (id)`; nil where there is no id at the end.
    static func splitTranscript(_ line: String) -> (text: String, id: String)? {
        let line = trimmed(line)
        guard line.hasSuffix(")"), let opening = line.lastIndex(of: "(") else { return nil }
        return (
            trimmed(line[..<opening]),
            trimmed(line[line.index(after: opening)..<line.index(before: line.endIndex)])
        )
    }
}
