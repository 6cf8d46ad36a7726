import Files

/// Labelled speech: a list of utterances, read from any of the layouts of `ManifestFormat`.
public struct Manifest: Sendable {
    public var utterances: [Utterance]

    public init(utterances: [Utterance]) { self.utterances = utterances }

    /// Reads labelled data, strictly: one bad line and nothing is returned.
    ///
    /// - Parameter path: A folder or a file; its layout is recognised by what is there (`ManifestFormat`).
    /// - Throws: `ManifestError` with the first bad lines and how many there are.
    public static func load(path: String) throws -> Manifest {
        let (manifest, problems) = try inspect(path: path)
        guard problems.isEmpty else { throw ManifestError(problems: problems) }
        return manifest
    }

    /// Reads several sources one after the other, each strictly.
    ///
    /// - Throws: `ManifestError` of the first source that has problems.
    public static func load(paths: [String]) throws -> Manifest {
        Manifest(utterances: try paths.flatMap { try load(path: $0).utterances })
    }

    /// Reads the good lines and lists the bad ones: what `asr data check` shows.
    ///
    /// - Throws: `ManifestError` when the layout is not recognised, so that no line can be read.
    public static func inspect(path: String) throws -> (manifest: Manifest, problems: [ManifestProblem]) {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let (format, file) = try ManifestFormat.recognized(at: path)
        var builder = ManifestBuilder(root: format.isFolder ? file : parentFolder(file), path: file)
        do {
            try read(format, file, &builder)
        } catch let error as TextFileError {
            throw ManifestError(error.message, path: error.path, line: error.line)
        }
        builder.finish()
        return (Manifest(utterances: builder.utterances), builder.problems)
    }

    private static func read(_ format: ManifestFormat, _ file: String, _ builder: inout ManifestBuilder) throws {
        switch format {
        case .libriSpeech: try readLibriSpeech(folder: file, &builder)
        case .kaldi: try readKaldi(folder: file, &builder)
        case .jsonLines: try readJSONLines(file, &builder)
        case .lhotseCuts: try readLhotseCuts(file, &builder)
        case .lhotseSupervisions: try readLhotseSupervisions(file, &builder)
        case .flashlightList: try readFlashlightList(file, &builder)
        case .commaSeparated: try readTable(file, .comma, &builder)
        case .tabSeparated: try readTable(file, .tab, &builder)
        case .transcript: try readTranscript(file, &builder)
        case .sphinxTranscript: try readSphinxTranscript(file, &builder)
        case .textBesideAudio: try readTextBesideAudio(folder: file, &builder)
        }
    }
}
