import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct FolderLockTests {
    @Test func oneAtATime() throws {
        let folder = try TemporaryFolder()
        do {
            let lock = try FolderLock(folder.path)
            let error = #expect(throws: FolderLockError.self) { try FolderLock(folder.path) }
            #expect(error?.owner.hasPrefix("process ") == true)
            withExtendedLifetime(lock) {}
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/.lock"))
        _ = try FolderLock(folder.path)
    }

    /// A process that was killed leaves the file, but no lock on it.
    @Test func aFileThatWasLeftKeepsNobodyOut() throws {
        let folder = try TemporaryFolder()
        try folder.write(".lock", "process 1 on a machine that is gone")
        _ = try FolderLock(folder.path)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/.lock"))
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() {
        #expect(throws: FileWriteError.self) { try FolderLock("/no/such/folder") }
    }
}
