import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    /// Folders are made from the first name on: `missing/../new` needs `missing`, as in `mkdir -p`.
    @Test(arguments: ["a", "a/b/c", "missing/../new", "missing/../../new2/", "a//b/./c"])
    func foldersAreMade(path: String) throws {
        let folder = try TemporaryFolder()
        try AtomicFile.makeFolder("\(folder.path)/inside/\(path)")
        var isFolder = false
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/inside/\(path)", isDirectory: &isFolder))
        #expect(isFolder)
        try AtomicFile.makeFolder("\(folder.path)/inside/\(path)")
    }

    @Test func aFileWhereAFolderIsNeededIsNamed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "x")
        #expect(throws: FileWriteError.self) { try AtomicFile.makeFolder(file) }
        #expect(throws: FileWriteError.self) { try AtomicFile.makeFolder("\(file)/below") }
    }
}
