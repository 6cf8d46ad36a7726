import Glibc

/// What tells that a file is still the same: its size and the time of its last change.
package struct FileState: Hashable, Sendable {
    package let byteCount: Int
    /// Nanoseconds since 1970.
    package let modified: Int

    package init(byteCount: Int, modified: Int) {
        self.byteCount = byteCount
        self.modified = modified
    }

    /// The state of a regular file; nil for what is none, or not there.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let (nanoseconds, overflow) = status.st_mtim.tv_sec.multipliedReportingOverflow(by: 1_000_000_000)
        self.init(
            byteCount: Int(status.st_size), modified: overflow ? .max : nanoseconds &+ status.st_mtim.tv_nsec)
    }
}
