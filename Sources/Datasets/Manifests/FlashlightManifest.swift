import Files

extension Manifest {
    /// A list of flashlight (wav2letter): `id path size text of the utterance`, with paths relative to the list's folder.
    ///
    /// The size is what flashlight sorts by, in any unit; it is ignored.
    static func readFlashlightList(_ list: String, _ builder: inout ManifestBuilder) throws {
        let folder = parentFolder(list)
        try builder.forEachLine(of: list) { source, line, builder in
            let (id, behindID) = splitAtFirstBlank(line)
            let (path, behindPath) = splitAtFirstBlank(behindID)
            let (size, text) = splitAtFirstBlank(behindPath)
            guard Double(size) != nil else {
                return builder.report("expected `id path size text`, the size a number, not \(line)", at: source)
            }
            builder.add(
                id: id, audioPath: joinedPath(folder, path), text: text, source: source)
        }
    }
}
