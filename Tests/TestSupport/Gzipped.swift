import CZlib
import Foundation

/// The text as gzip packs it.
public func gzipped(_ text: String) throws -> [UInt8] { try gzipped(Array(text.utf8)) }

/// The bytes, `count` times one behind the other, as gzip packs them.
public func gzipped(_ bytes: [UInt8], times count: Int = 1) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = folder.path + "/packed"
    let file = gzopen(path, "wb")
    for _ in 0..<count {
        guard gzwrite(file, bytes, UInt32(bytes.count)) == Int32(bytes.count) else {
            throw CocoaError(.fileWriteUnknown)
        }
    }
    guard gzclose(file) == Z_OK else { throw CocoaError(.fileWriteUnknown) }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
