import Evaluation
import Files
import FoundationEssentials

/// Finds the audio of scored utterances and says how a report links to it.
struct AudioLinks {
    /// The folder of the file that names the audio: what relative paths are relative to.
    var manifestFolder: String
    /// A folder with files named after the utterances' ids, for formats that name no audio.
    var audioFolder: String?

    /// Endings that are looked for in `audioFolder`.
    static let endings = ["wav", "flac", "opus", "ogg", "mp3", "m4a"]

    /// The path of an utterance's audio from here; nil when none is named or found.
    func path(of record: ScoringRecord) -> String? {
        let manager = FileManager.default
        if let named = record.audioPath {
            if named.hasPrefix("/") { return named }
            for folder in [audioFolder, manifestFolder].compactMap({ $0 }) {
                let path = folder + "/" + named
                if manager.fileExists(atPath: path) { return path }
            }
            return manifestFolder + "/" + named
        }
        guard let audioFolder else { return nil }
        for ending in Self.endings {
            let path = "\(audioFolder)/\(record.id).\(ending)"
            if manager.fileExists(atPath: path) { return path }
        }
        return nil
    }

    /// The path of `file` as seen from `folder`: the way up, then down.
    static func relative(_ file: String, to folder: String) -> String {
        let target = absolute(file)
        let start = absolute(folder)
        let shared = zip(target, start).prefix { $0 == $1 }.count
        let up = [String](repeating: "..", count: start.count - shared)
        return (up + target[shared...]).joined(separator: "/")
    }

    /// The names on the way from the root, without `.` and `..`.
    private static func absolute(_ path: String) -> [String] {
        let full = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var names: [String] = []
        for name in full.split(separator: "/") where name != "." {
            if name == ".." { names = names.dropLast() } else { names.append(String(name)) }
        }
        return names
    }

    /// The folder that a file is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
