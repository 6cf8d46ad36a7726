import Glibc

/// The part behind the last slash.
package func lastPathComponent(_ path: String) -> Substring {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
}

/// The folder that a path lies in; `.` for a bare name, `..` for `.`.
package func parentFolder(_ path: String) -> String {
    if [".", ".."].contains(lastPathComponent(path)) { return joinedPath(path, "..") }
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// `name` seen from `folder`: unchanged when it is absolute.
package func joinedPath(_ folder: String, _ name: String) -> String {
    if name.hasPrefix("/") || folder == "." || folder.isEmpty { return name }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// A folder of lists, its parent and the parent's parent: recipes run in one of them, and their paths begin there.
package func recipeFolders(_ folder: String) -> [String] {
    [folder, parentFolder(folder), parentFolder(parentFolder(folder))]
}

/// The first of these folders' files of this name; nil where none has it.
package func firstFile(_ name: String, in folders: [String]) -> String? {
    folders.lazy.map { joinedPath($0, name) }.first(where: isFile)
}

/// Whether two paths lead to one file, be it by a link; false where one of them leads nowhere.
package func isSameFile(_ first: String, _ second: String) -> Bool {
    var (a, b) = (stat(), stat())
    return SystemPath.withBytes(first) { stat($0, &a) } == 0 && SystemPath.withBytes(second) { stat($0, &b) } == 0
        && a.st_dev == b.st_dev && a.st_ino == b.st_ino
}

/// Whether there is something at this path that is no folder.
package func isFile(_ path: String) -> Bool {
    SystemPath.kind(path) == .file
}
