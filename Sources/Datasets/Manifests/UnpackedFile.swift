import CZlib

/// The bytes of a file, unpacked where gzip has packed it.
///
/// - Parameter limit: no more than so many bytes, from the beginning.
/// - Throws: `ManifestError` when the file cannot be read or is damaged.
func unpackedBytes(path: String, limit: Int = .max) throws -> [UInt8] {
    guard let file = gzopen(path, "rb") else { throw ManifestError("the file cannot be read", path: path) }
    let blockSize = 1 << 17
    gzbuffer(file, UInt32(blockSize))
    var bytes: [UInt8] = []
    var count: Int32 = 0
    repeat {
        let wanted = min(blockSize, limit - bytes.count)
        bytes += [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initializedCount in
            count = gzread(file, buffer.baseAddress, UInt32(wanted))
            initializedCount = max(0, Int(count))
        }
    } while count > 0 && bytes.count < limit
    // A file that breaks off is found out about when it is closed.
    let status = gzclose(file)
    guard count >= 0, status == Z_OK else {
        throw ManifestError("damaged, or cut off: gzip cannot unpack it; make or fetch the file again", path: path)
    }
    return bytes
}
