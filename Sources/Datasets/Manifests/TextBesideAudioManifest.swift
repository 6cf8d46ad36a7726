import Files

extension Manifest {
    /// Audio files, each with a text file of the same name beside it: `tea.wav` and `tea.txt`, in any subfolder.
    ///
    /// Audio without text is a problem; text without audio may be a readme or a licence, and is ignored. Several lines of a text are
    /// joined with a space.
    static func readTextBesideAudio(folder: String, _ builder: inout ManifestBuilder) throws {
        for folder in try Folder.tree(path: folder) {
            let audioFiles = folder.audioFilesByStem()
            let texts = Set(folder.files.filter { $0.hasSuffix(".txt") })
            for (stem, candidates) in audioFiles.sorted(by: { $0.key < $1.key }) {
                let textPath = joinedPath(folder.path, stem + ".txt")
                let audioPath = joinedPath(folder.path, candidates[0])
                guard texts.contains(stem + ".txt") else {
                    builder.report("no text \(textPath) beside it", at: SourceLine(path: audioPath))
                    continue
                }
                guard candidates.count == 1 else {
                    let names = candidates.joined(separator: " and ")
                    builder.report("\(names) have the same name; keep one", at: SourceLine(path: textPath))
                    continue
                }
                guard let text = try joinedLines(of: textPath, &builder) else { continue }
                builder.add(id: nil, audioPath: audioPath, text: text, source: SourceLine(path: textPath))
            }
        }
    }

    /// The lines of a file with a space between them; nil where that is a problem.
    private static func joinedLines(of path: String, _ builder: inout ManifestBuilder) throws -> String? {
        var parts: [String] = []
        let problemCount = builder.problems.count
        try builder.forEachLine(of: path) { _, line, _ in
            parts += line.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty }
        }
        return builder.problems.count == problemCount ? parts.joined(separator: " ") : nil
    }
}
