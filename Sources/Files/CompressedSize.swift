import CZlib

/// The bytes that zlib makes of some bytes at its usual level: how little a text repeats itself.
public func compressedByteCount(_ bytes: some Collection<UInt8>) -> Int {
    let source = Array(bytes)
    var length = compressBound(UInt(source.count))
    var target = [UInt8](repeating: 0, count: Int(length))
    let status = compress2(&target, &length, source, UInt(source.count), Z_DEFAULT_COMPRESSION)
    precondition(status == Z_OK, "compressedByteCount: zlib says \(status)")
    return Int(length)
}
