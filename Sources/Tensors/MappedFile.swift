import Glibc

/// The bytes of a file in memory, read from it when they are first looked at, and again if the system had to drop them.
///
/// The file must not be shortened while it is mapped, which would end the program: replace it by renaming another one to its
/// name. Then this keeps the bytes of the old one.
public final class MappedFile: @unchecked Sendable {
    /// All bytes; read-only.
    public let bytes: UnsafeRawBufferPointer

    /// Nil where there is no such file, or it cannot be read.
    public init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let count = Int(status.st_size)
        if count == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            return nil
        }
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Lets the system take back the memory of these bytes, which are read from the file again if they are needed.
    ///
    /// Whole pages only, and only those of this process's mapping: for a large file that is read once from front to back.
    public func release(_ range: Range<Int>) {
        guard let start = bytes.baseAddress else { return }
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = range.lowerBound / pageSize * pageSize
        let end = min(range.upperBound, bytes.count)
        guard first < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
