/// Files that are read into memory at once, up to a limit.
package enum WholeFile {
    /// The bytes of a file, unpacked where gzip has packed it.
    ///
    /// - Throws: `TextFileError` when it cannot be read, is damaged, or has more than `limit` bytes.
    package static func bytes(_ path: String, limit: Int) throws(TextFileError) -> [UInt8] {
        let file = try UnpackedFile(path: path)
        var bytes: [UInt8] = []
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: blockByteCount)
        defer { block.deallocate() }
        while true {
            let count = try file.read(into: block, count: blockByteCount)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw TextFileError(.tooLong, path, "more than \(limit) bytes; is this the right file?")
            }
            bytes.append(contentsOf: UnsafeBufferPointer(start: block, count: count))
        }
    }

    private static let blockByteCount = 1 << 16
}
