import Audio
import Datasets
import Files
import FoundationEssentials

/// The audio files that a command line names: files as they are, and those in folders at any depth, by name.
struct AudioFileList {
    struct Entry: Equatable {
        /// As it is opened; - is standard input.
        let path: String
        /// Without ending: of a file its name, of one in a folder its path below that folder.
        let name: String
    }

    private(set) var entries: [Entry] = []

    /// - Throws: `ManifestError` for a folder without audio files, and for one that cannot be read.
    init(_ arguments: [String]) throws {
        for argument in arguments {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder else {
                let name = argument == "-" ? "stdin" : AudioFileName.stem(String(lastPathComponent(argument)))
                entries.append(Entry(path: argument, name: name))
                continue
            }
            let root = argument.hasSuffix("/") ? argument : "\(argument)/"
            let paths = try Folder.tree(path: root).flatMap { folder in
                folder.files.filter(AudioFileName.isAudio).map { joinedPath(folder.path, $0) }
            }
            if paths.isEmpty { throw ManifestError("there is no audio file in this folder", path: argument) }
            entries += paths.map { path in
                let below = String(path.dropFirst(root.count))
                let folder = parentFolder(below)
                return Entry(
                    path: path, name: joinedPath(folder, AudioFileName.stem(String(lastPathComponent(below)))))
            }
        }
    }
}
