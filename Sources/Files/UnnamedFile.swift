import Glibc
import Synchronization

/// A file that only this process knows: it is removed when it is opened, and its space is free again when the process ends,
/// however that is.
package final class UnnamedFile: Sendable {
    private let path: String
    private let file: Int32
    private let end = Mutex(0)
    private let byteLimit: Int

    /// How many this process has opened: two of one name at the same time would be in each other's way.
    private static let openedCount = Mutex(0)

    /// - Parameters:
    ///   - folder: where the space is taken.
    ///   - name: what messages call it.
    ///   - byteLimit: how large the file may become.
    /// - Throws: `FileWriteError`.
    package init(folder: String, name: String, byteLimit: Int = .max) throws(FileWriteError) {
        self.byteLimit = byteLimit
        let number = Self.openedCount.withLock { count in
            count += 1
            return count
        }
        path = joinedPath(folder, ".\(name)-\(getpid())-\(number)")
        file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileWriteError(path: path, code: errno) }
        unlink(path)
    }

    deinit { close(file) }

    /// Where temporary files of any size belong: `TMPDIR`, or else `/var/tmp`, which lies on a disk where `/tmp` may lie in memory.
    package static var temporaryFolder: String {
        if let folder = getenv("TMPDIR") { return String(cString: folder) }
        return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
    }

    /// What another process is given to write to.
    package var descriptor: Int32 { file }

    /// The end of what is in the file, at most `limit` bytes, as text.
    package func text(limit: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let start = max(0, Int(lseek(file, 0, SEEK_END)) - limit)
        let count = pread(file, &bytes, limit, start)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    /// Bytes written so far.
    package var byteCount: Int { end.withLock { $0 } }

    /// Bytes that this process may still write to the disk of a folder; nil where the system does not say.
    package static func freeByteCount(folder: String) -> Int? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return Int(clamping: status.f_bavail) * Int(clamping: status.f_frsize)
    }

    /// Writes bytes behind all others; several threads may.
    ///
    /// - Returns: where they begin; nil where the file would become larger than it may.
    /// - Throws: `FileWriteError`, for example when the disk is full.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileWriteError) -> Int? {
        let offset: Int? = end.withLock { end in
            guard bytes.count <= byteLimit - end else { return nil }
            defer { end += bytes.count }
            return end
        }
        guard let offset else { return nil }
        var written = 0
        while written < bytes.count {
            let count = pwrite(file, bytes.baseAddress! + written, bytes.count - written, offset + written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileWriteError(path: path, code: count < 0 ? errno : ENOSPC) }
            written += count
        }
        return offset
    }

    /// Fills a buffer with the bytes from `offset` on.
    ///
    /// - Throws: `FileReadError` where they cannot be read.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileReadError) {
        var done = 0
        while done < buffer.count {
            let count = pread(file, buffer.baseAddress! + done, buffer.count - done, offset + done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileReadError(path: path, code: count < 0 ? errno : EIO) }
            done += count
        }
    }
}

/// A file that cannot be read any more.
package struct FileReadError: Error, CustomStringConvertible, Equatable {
    package let path: String
    /// The number of the system's error.
    package let code: Int32

    package var description: String {
        "\(path): cannot be read (\(String(cString: strerror(code)))); check the disk"
    }
}
