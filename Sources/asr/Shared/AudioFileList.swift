import Audio
import Datasets
import Files

/// The audio files that a command line names: files as they are, those in folders at any depth, those that match a pattern, and those of lists.
struct AudioFileList {
    struct Entry: Equatable {
        /// As it is opened; - is standard input.
        let path: String
        /// Without ending: of a file its name, of one in a folder its path below that folder.
        let name: String

        /// What messages call the file, as the library does.
        var shown: String { path == "-" ? "standard input" : SystemPath.shown(path) }
    }

    private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - lists: files that list audio files.
    ///   - isListed: which names in folders are those of audio files.
    /// - Throws: `ManifestError` for a folder without audio files, for one that cannot be read, and for a pattern that nothing matches;
    ///   `TextFileError` for a list.
    init(
        _ arguments: [String], lists: [String] = [], isListed: (String) -> Bool = AudioFileName.isRecording
    ) throws {
        for argument in arguments {
            switch argument == "-" ? .file : SystemPath.kind(argument) {
            case .folder:
                let paths = try Folder.tree(path: argument).flatMap { folder in
                    folder.files.filter(isListed).map { joinedPath(folder.path, $0) }
                }
                if paths.isEmpty { throw ManifestError("there is no audio file in this folder", path: argument) }
                add(paths, below: argument)
            case .nothing where PathPattern.isPattern(argument):
                let pattern = PathPattern(argument)
                let paths = try pattern.matches(isListed)
                if paths.isEmpty { throw ManifestError("nothing matches this pattern", path: argument) }
                add(paths, below: pattern.root)
            case .file, .nothing:
                add(argument, name: argument == "-" ? "stdin" : String(lastPathComponent(argument)))
            }
        }
        for list in lists {
            for path in try AudioFileManifest.paths(list) {
                // Folders of a relative path are those of the text; what leads out of the list's folder is known by its name.
                let isBelow = !path.name.hasPrefix("/") && !path.name.split(separator: "/").contains("..")
                let name = path.name.hasPrefix("./") ? String(path.name.dropFirst(2)) : path.name
                add(path.path, name: isBelow ? name : String(lastPathComponent(name)))
            }
        }
    }

    private mutating func add(_ paths: [String], below root: String) {
        let start = root.isEmpty || root.hasSuffix("/") ? root.utf8.count : root.utf8.count + 1
        for path in paths { add(path, name: String(path.utf8.dropFirst(start)) ?? path) }
    }

    private mutating func add(_ path: String, name: String) {
        let stem = AudioFileName.stem(String(lastPathComponent(name)))
        entries.append(Entry(path: path, name: joinedPath(parentFolder(name), stem)))
    }
}
