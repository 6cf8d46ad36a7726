import Audio
import Datasets
import Files
import Glibc

/// A pattern of paths, as shells have it: `*`, `?`, `[a-z]` in one name, `**` for any number of folders.
struct PathPattern {
    /// The folder that the first name with a wildcard is looked for in; empty: the current one.
    let root: String
    /// The names below it.
    private let names: [String]

    static func isPattern(_ text: String) -> Bool { text.utf8.contains { "*?[".utf8.contains($0) } }

    init(_ pattern: String) {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let first = parts.firstIndex(where: Self.isPattern) ?? parts.count - 1
        root = first == 1 && parts[0].isEmpty ? "/" : parts[..<first].joined(separator: "/")
        names = parts[first...].filter { !$0.isEmpty }
    }

    /// The files that match, each once, in the order of their names. Of a folder that matches as a whole, its audio files at any depth. Hidden
    /// names are matched only by what begins with a dot.
    ///
    /// - Parameter isListed: which names in folders are those of audio files.
    /// - Throws: `ManifestError` where a folder cannot be read.
    func matches(_ isListed: (String) -> Bool) throws -> [String] {
        var found: Set<String> = []
        try match(names[...], in: root, isListed, &found)
        return found.sorted()
    }

    private func match(
        _ names: ArraySlice<String>, in folder: String, _ isListed: (String) -> Bool, _ found: inout Set<String>
    ) throws {
        guard let name = names.first else { return }
        let rest = names.dropFirst()
        if name == "**" {
            // None of the folders, or one of them and the same again.
            if rest.isEmpty { return try add(folder.isEmpty ? "." : folder, isFolder: true, isListed, &found) }
            try match(rest, in: folder, isListed, &found)
        }
        guard let entries = SystemPath.entries(ofFolder: folder.isEmpty ? "." : folder) else {
            throw ManifestError("the folder cannot be read; check its permissions", path: folder)
        }
        for entry in entries where Self.matches(entry.name, name == "**" ? "*" : name) {
            let path = joinedPath(folder, entry.name)
            if name == "**" {
                if entry.isFolder { try match(names, in: path, isListed, &found) }
            } else if rest.isEmpty {
                try add(path, isFolder: entry.isFolder, isListed, &found)
            } else if entry.isFolder {
                try match(rest, in: path, isListed, &found)
            }
        }
    }

    private func add(
        _ path: String, isFolder: Bool, _ isListed: (String) -> Bool, _ found: inout Set<String>
    ) throws {
        guard isFolder else {
            found.insert(path)
            return
        }
        for folder in try Folder.tree(path: path) {
            found.formUnion(folder.files.filter(isListed).map { joinedPath(folder.path, $0) })
        }
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        SystemPath.withBytes(pattern) { pattern in
            SystemPath.withBytes(name) { fnmatch(pattern, $0, FNM_PERIOD) == 0 }
        }
    }
}
