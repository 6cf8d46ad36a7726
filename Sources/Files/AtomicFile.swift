import FoundationEssentials
import Glibc

/// Files that are there whole or not at all.
public enum AtomicFile {
    /// Writes beside `path` and renames: whatever was there before stays until the new content is complete.
    ///
    /// - Throws: `FileWriteError` naming the path, for example when the disk is full.
    public static func write(_ content: Data, to path: String) throws(FileWriteError) {
        do {
            try write(to: path) { writer in try content.withUnsafeBytes { try writer.append($0) } }
        } catch {
            throw error as? FileWriteError ?? FileWriteError(path: path, code: EIO)
        }
    }

    /// As `write`, for content that is made piece by piece.
    ///
    /// - Parameter body: gives one piece after the other to the writer.
    /// - Throws: `FileWriteError` naming the path; what `body` throws.
    public static func write(to path: String, _ body: (Writer) throws -> Void) throws {
        let temporary = "\(path).part"
        let file = SystemPath.withBytes(temporary) { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
        guard file >= 0 else { throw FileWriteError(path: path, code: errno) }
        do {
            try body(Writer(path: path, file: file))
        } catch {
            close(file)
            remove(temporary)
            throw error
        }
        // Without this a file that was renamed may be empty after a power cut.
        var code = fsync(file) == 0 ? 0 : errno
        if close(file) != 0 && code == 0 { code = errno }
        if code == 0
            && SystemPath.withBytes(temporary, { from in SystemPath.withBytes(path) { rename(from, $0) } }) != 0
        {
            code = errno
        }
        guard code == 0 else {
            remove(temporary)
            throw FileWriteError(path: path, code: code)
        }
    }

    private static func remove(_ path: String) { SystemPath.withBytes(path) { _ = unlink($0) } }

    /// Takes the content of a file piece by piece.
    public struct Writer {
        fileprivate let path: String
        fileprivate let file: Int32

        /// Writes these bytes behind those that were written before.
        ///
        /// - Throws: `FileWriteError` naming the path.
        public func append(_ bytes: UnsafeRawBufferPointer) throws(FileWriteError) {
            let code = writeAll(bytes, to: file)
            guard code == 0 else { throw FileWriteError(path: path, code: code) }
        }
    }

    /// Adds to the end of a file.
    ///
    /// - Throws: `FileWriteError` naming the path.
    public static func append(_ content: Data, to path: String) throws(FileWriteError) {
        let file = SystemPath.withBytes(path) { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
        guard file >= 0 else { throw FileWriteError(path: path, code: errno) }
        var code = content.withUnsafeBytes { writeAll($0, to: file) }
        if close(file) != 0 && code == 0 { code = errno }
        guard code == 0 else { throw FileWriteError(path: path, code: code) }
    }

    /// Makes a folder for output, with those that it lies in; one that exists is left as it is.
    ///
    /// - Throws: `FileWriteError` naming the folder.
    public static func makeFolder(_ path: String) throws(FileWriteError) {
        switch SystemPath.kind(path) {
        case .folder: return
        case .file: throw FileWriteError(path: path, code: ENOTDIR)
        case .nothing: break
        }
        // From the root or the current folder down, so that `missing/../new` finds `missing` made.
        var folder = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            folder += name
            guard SystemPath.withBytes(folder, { mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
                throw FileWriteError(path: path, code: errno)
            }
            folder += "/"
        }
    }

    /// 0, or the number of the system's error.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
        guard let start = bytes.baseAddress else { return 0 }
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(file, start + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return errno }
            written += count
        }
        return 0
    }
}

/// A file or folder that cannot be written: which, why, and what to do.
public struct FileWriteError: Error, CustomStringConvertible, Equatable {
    public let path: String
    /// The number of the system's error, such as `ENOSPC`.
    public let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    public var description: String {
        "\(SystemPath.shown(path)): cannot be written (\(reason)); \(hint)"
    }

    /// What the system says.
    package var reason: String { String(cString: strerror(code)) }

    private var hint: String {
        switch code {
        case ENOSPC, EDQUOT, EFBIG: "free disk space and try again"
        case ENOTDIR: "a folder is needed there, but there is a file: name another output folder"
        case EISDIR: "there is a folder of this name: remove it, or name another output"
        case EACCES, EPERM, EROFS: "you may not write there: name another output"
        default: "check the path, or name another output"
        }
    }
}
