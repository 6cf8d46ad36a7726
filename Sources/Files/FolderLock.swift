import FoundationEssentials
import Glibc

/// Keeps other processes from working in a folder: a file `.lock` in it that names the process, locked as long as that runs.
///
/// The system drops the lock with the process, however it ends; the file alone keeps nobody out.
package final class FolderLock {
    private let path: String
    private let file: Int32

    /// - Throws: `FolderLockError` naming the process that has the folder; `FileWriteError`.
    package init(_ folder: String) throws {
        path = joinedPath(folder, ".lock")
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw FileWriteError(path: path, code: errno) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                let owner = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
                close(file)
                guard code == EWOULDBLOCK else { throw FileWriteError(path: path, code: code) }
                throw FolderLockError(folder: folder, owner: owner ?? "")
            }
            // Whoever had the lock may have removed the file since it was opened: then it is another one's turn.
            var (opened, present) = (stat(), stat())
            if fstat(file, &opened) == 0, stat(path, &present) == 0, opened.st_ino == present.st_ino {
                self.file = file
                break
            }
            close(file)
        }
        var hostName = [CChar](repeating: 0, count: 256)
        gethostname(&hostName, hostName.count - 1)
        let host = String(decoding: hostName.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let owner = "process \(getpid()) on \(host), since \(Date.now.formatted(.iso8601))"
        ftruncate(file, 0)
        _ = owner.withCString { write(file, $0, strlen($0)) }
    }

    deinit {
        unlink(path)
        close(file)
    }
}

/// Another process works in a folder.
package struct FolderLockError: Error, CustomStringConvertible, Equatable {
    package let folder: String
    /// Its process number, host and starting time, as it wrote them.
    package let owner: String

    package var description: String {
        "\(folder): in use by \(owner.isEmpty ? "another process" : owner); wait until it has ended, or name another output folder"
    }
}
