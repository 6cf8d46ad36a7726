import Audio
import FoundationEssentials

/// The names in one folder, sorted; hidden ones (`.DS_Store`, `._clip.wav`) are not part of any data set.
struct Folder {
    let path: String
    let files: [String]
    let subfolders: [String]

    /// - Throws: `ManifestError` when the folder cannot be read.
    init(path: String) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw ManifestError("the folder cannot be read; check its permissions", path: path)
        }
        self.path = path
        var files: [String] = []
        var subfolders: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            // Opening each entry costs; a name with one of these endings is a file.
            var isFolder = false
            if AudioFileName.isAudio(name) || name.hasSuffix(".txt") {
                files.append(name)
            } else if FileManager.default.fileExists(atPath: joinedPath(path, name), isDirectory: &isFolder) {
                if isFolder { subfolders.append(name) } else { files.append(name) }
            }
        }
        self.files = files
        self.subfolders = subfolders
    }

    /// This folder and all below it, depth first in the order of their names.
    ///
    /// - Throws: `ManifestError` when one cannot be read, or lies deeper than 32 levels (a link that leads back up).
    static func tree(path: String, depth: Int = 0) throws -> [Folder] {
        guard depth <= 32 else {
            throw ManifestError("folders nested deeper than 32; a link that leads back?", path: path)
        }
        let folder = try Folder(path: path)
        return try [folder] + folder.subfolders.flatMap { try tree(path: joinedPath(path, $0), depth: depth + 1) }
    }

    /// The audio files by their name without its ending: `{"84-121123-0000": ["84-121123-0000.flac"]}`.
    func audioFilesByStem() -> [String: [String]] {
        Dictionary(grouping: files.filter(AudioFileName.isAudio), by: AudioFileName.stem)
    }
}

/// The folder that a path lies in; `.` for a bare name, `..` for `.`.
func parentFolder(_ path: String) -> String {
    if [".", ".."].contains(lastPathComponent(path)) { return joinedPath(path, "..") }
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// `name` seen from `folder`: unchanged when it is absolute.
func joinedPath(_ folder: String, _ name: String) -> String {
    if name.hasPrefix("/") || folder == "." || folder.isEmpty { return name }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// A folder of lists, its parent and the parent's parent: recipes run in one of them, and their paths begin there.
func recipeFolders(_ folder: String) -> [String] {
    [folder, parentFolder(folder), parentFolder(parentFolder(folder))]
}

/// The first of these folders' files of this name; nil where none has it.
func firstFile(_ name: String, in folders: [String]) -> String? {
    folders.lazy.map { joinedPath($0, name) }.first(where: isFile)
}

/// Whether there is something at this path that is no folder.
func isFile(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
}
