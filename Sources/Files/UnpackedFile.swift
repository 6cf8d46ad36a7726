import CZlib
import FoundationEssentials

/// The bytes of a file one block after the other, unpacked where gzip has packed it.
package final class UnpackedFile {
    package let path: String
    private var file: gzFile?

    /// - Throws: `TextFileError` when there is no such file, or none that can be read.
    package init(path: String) throws(TextFileError) {
        self.path = path
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw TextFileError(.unreadable, path, "no such file; check the path")
        }
        guard !isFolder else { throw TextFileError(.unreadable, path, "a folder, where a file is needed") }
        file = gzopen(path, "rb")
        guard file != nil else {
            throw TextFileError(.unreadable, path, "cannot be read; check its permissions")
        }
        gzbuffer(file, 1 << 17)
    }

    deinit { if let file { gzclose(file) } }

    /// Reads up to `count` bytes and returns how many there were: 0 at the end.
    ///
    /// - Throws: `TextFileError` when the file is damaged or breaks off.
    package func read(into bytes: UnsafeMutablePointer<UInt8>, count: Int) throws(TextFileError) -> Int {
        guard let file else { return 0 }
        let readCount = gzread(file, bytes, UInt32(min(count, 1 << 30)))
        if readCount > 0 { return Int(readCount) }
        // A file that breaks off is found out about when it is closed.
        let status = gzclose(file)
        self.file = nil
        guard readCount == 0, status == Z_OK else {
            throw TextFileError(
                .damaged, path, "damaged, or cut off: gzip cannot unpack it; make or fetch the file again")
        }
        return 0
    }
}
