import Audio
import Files

/// The names in one folder, sorted; hidden ones (`.DS_Store`, `._clip.wav`) are not part of any data set.
package struct Folder {
    package let path: String
    package let files: [String]
    let subfolders: [String]

    /// - Throws: `ManifestError` when the folder cannot be read.
    package init(path: String) throws {
        guard let entries = SystemPath.entries(ofFolder: path) else {
            throw ManifestError("the folder cannot be read; check its permissions", path: path)
        }
        self.path = path
        var files: [String] = []
        var subfolders: [String] = []
        for (name, isFolder) in entries.sorted(by: { $0.name < $1.name }) where !name.hasPrefix(".") {
            if isFolder { subfolders.append(name) } else { files.append(name) }
        }
        self.files = files
        self.subfolders = subfolders
    }

    /// This folder and all below it, depth first in the order of their names.
    ///
    /// - Throws: `ManifestError` when one cannot be read, or lies deeper than 32 levels (a link that leads back up).
    package static func tree(path: String, depth: Int = 0) throws -> [Folder] {
        guard depth <= 32 else {
            throw ManifestError("folders nested deeper than 32; is there a link that leads back?", path: path)
        }
        let folder = try Folder(path: path)
        return try [folder] + folder.subfolders.flatMap { try tree(path: joinedPath(path, $0), depth: depth + 1) }
    }

    /// The audio files by their name without its ending: `{"84-121123-0000": ["84-121123-0000.flac"]}`.
    func audioFilesByStem() -> [String: [String]] {
        Dictionary(grouping: files.filter(AudioFileName.isAudio), by: AudioFileName.stem)
    }
}
