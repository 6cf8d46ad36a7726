import Glibc
import Synchronization

/// A file that only this process knows: it is removed when it is opened, and its space is free again when the process ends,
/// however that is.
package final class UnnamedFile: Sendable {
    private let path: String
    private let file: Int32
    private let end = Mutex(0)

    /// - Parameter folder: where the space is taken.
    /// - Throws: `FileWriteError`.
    package init(folder: String) throws(FileWriteError) {
        path = joinedPath(folder, ".recordings-\(getpid())")
        file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileWriteError(path: path, code: errno) }
        unlink(path)
    }

    deinit { close(file) }

    /// Bytes written so far.
    package var byteCount: Int { end.withLock { $0 } }

    /// Writes bytes behind all others; several threads may.
    ///
    /// - Returns: where they begin.
    /// - Throws: `FileWriteError`, for example when the disk is full.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileWriteError) -> Int {
        let offset = end.withLock { end in
            defer { end += bytes.count }
            return end
        }
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
        "\(path): cannot be read (\(String(cString: strerror(code)))); is the disk in order?"
    }
}
