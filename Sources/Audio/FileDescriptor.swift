import Files
import Glibc

/// An open file that can be sought: a regular file as it is, a pipe by way of a temporary file.
///
/// Sound file formats keep what is needed first (the length, the index of pages) at the front and at the end, so a reader
/// must seek. What comes through a pipe is therefore written to a nameless temporary file in blocks: memory stays small
/// however long the recording is.
final class FileDescriptor {
    let rawValue: Int32
    let byteCount: Int

    /// Opens `path`, or standard input for `-`.
    ///
    /// - Throws: `AudioError` for what is missing, unreadable, no file, or empty.
    init(path: String, name: String) throws(AudioError) {
        (rawValue, byteCount) = try Self.seekableFile(path: path, name: name)
    }

    deinit { close(rawValue) }

    /// Reads up to `count` bytes at `offset`: fewer at the end of the file, none after it.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            initializedCount = read(at: offset, into: buffer.baseAddress!, count: count)
        }
    }

    /// Reads up to `count` bytes at `offset` and returns how many there were.
    func read(at offset: Int, into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
        var total = 0
        while total < count {
            let readCount = pread(rawValue, buffer + total, count - total, off_t(offset + total))
            if readCount < 0, errno == EINTR { continue }
            if readCount <= 0 { break }
            total += readCount
        }
        return total
    }

    private static func emptyError(name: String) -> AudioError {
        AudioError(.empty, path: name, reason: "the file is empty (0 bytes)", hint: "record or download it again")
    }

    /// A descriptor at the beginning of a regular file, and its size in bytes.
    private static func seekableFile(path: String, name: String) throws(AudioError) -> (Int32, Int) {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : SystemPath.withBytes(path) { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw openingError(errno, name: name) }
        var file = descriptor
        do throws(AudioError) {
            var byteCount = 0
            if let size = try size(of: descriptor, name: name) {
                byteCount = size
                lseek(descriptor, 0, SEEK_SET)
            } else {
                let copy = try spooled(descriptor, name: name)
                close(descriptor)
                (file, byteCount) = copy
            }
            if byteCount == 0 { throw emptyError(name: name) }
            return (file, byteCount)
        } catch {
            close(file)
            throw error
        }
    }

    /// The size in bytes of a regular file; nil for a pipe or socket, which must be copied first.
    private static func size(of descriptor: Int32, name: String) throws(AudioError) -> Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw openingError(errno, name: name) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            return Int(status.st_size)
        case S_IFDIR:
            throw AudioError(
                .notAFile, path: name, reason: "is a folder, not an audio file", hint: "name files inside it")
        case S_IFCHR where isatty(descriptor) == 1:
            throw AudioError(
                .notAFile, path: name, reason: "is a terminal, not audio",
                hint: "pipe a file into the command, or name a file")
        case S_IFIFO, S_IFSOCK:
            return nil
        default:
            throw AudioError(.notAFile, path: name, reason: "is a device, not an audio file", hint: "name a file")
        }
    }

    /// Copies what a pipe delivers into a temporary file without a name, which goes away with its descriptor.
    private static func spooled(_ pipe: Int32, name: String) throws(AudioError) -> (Int32, Int) {
        let folder = UnnamedFile.temporaryFolder
        var template = Array("\(folder)/asr-audio-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw spoolingError(errno, folder: folder, name: name) }
        unlink(template)
        var total = 0
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let readCount = Glibc.read(pipe, &block, block.count)
            if readCount == 0 { break }
            if readCount < 0 {
                let code = errno
                if code == EINTR { continue }
                close(file)
                throw openingError(code, name: name)
            }
            var written = 0
            while written < readCount {
                let count = block.withUnsafeBytes { write(file, $0.baseAddress! + written, readCount - written) }
                if count < 0 {
                    let code = errno
                    if code == EINTR { continue }
                    close(file)
                    throw spoolingError(code, folder: folder, name: name)
                }
                written += count
            }
            total += readCount
        }
        lseek(file, 0, SEEK_SET)
        return (file, total)
    }

    private static func openingError(_ code: Int32, name: String) -> AudioError {
        let message = String(cString: strerror(code))
        switch code {
        case ENOENT, ENOTDIR:
            return AudioError(.notFound, path: name, reason: "there is no such file", hint: "check the path")
        case EACCES, EPERM:
            return AudioError(
                .unreadable, path: name, reason: "cannot be read (\(message))", hint: "check its permissions")
        default:
            return AudioError(.unreadable, path: name, reason: "cannot be read (\(message))", hint: "check the disk")
        }
    }

    private static func spoolingError(_ code: Int32, folder: String, name: String) -> AudioError {
        AudioError(
            .unreadable, path: name, reason: "cannot be copied to \(folder) (\(String(cString: strerror(code))))",
            hint: "set TMPDIR to a folder with enough space, or name a file instead of a pipe")
    }
}
