import CZlib
import FoundationEssentials

/// Writes pictures as PNG (Portable Network Graphics, second edition, ISO/IEC 15948).
package enum PNGFile {
    /// The bytes of a file with a palette and 8 bits per pixel.
    package static func encoded(_ image: IndexedImage) -> Data {
        var header: [UInt8] = []
        header.appendBigEndian(UInt32(image.width))
        header.appendBigEndian(UInt32(image.height))
        header += [8, 3, 0, 0, 0]  // bits per pixel, palette, deflate, standard filters, not interlaced

        // Every row is preceded by the number of its filter: 0, none, which suits palettes.
        var rows: [UInt8] = []
        rows.reserveCapacity((image.width + 1) * image.height)
        for row in 0..<image.height {
            rows.append(0)
            rows += image.pixels[(row * image.width)..<((row + 1) * image.width)]
        }

        var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        data.append(contentsOf: chunk("IHDR", header))
        data.append(contentsOf: chunk("PLTE", image.palette.flatMap { [$0.red, $0.green, $0.blue] }))
        data.append(contentsOf: chunk("IDAT", compressed(rows)))
        data.append(contentsOf: chunk("IEND", []))
        return data
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        var result: [UInt8] = []
        result.appendBigEndian(UInt32(content.count))
        result += body
        result.appendBigEndian(UInt32(crc32(0, body, UInt32(body.count))))
        return result
    }

    /// A zlib stream (RFC 1950).
    private static func compressed(_ content: [UInt8]) -> [UInt8] {
        let capacity = Int(compressBound(UInt(content.count)))
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var length = UInt(capacity)
            let code = compress(buffer.baseAddress, &length, content, UInt(content.count))
            precondition(code == Z_OK, "PNGFile: zlib has no memory for \(content.count) bytes")
            count = Int(length)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ value: UInt32) {
        append(contentsOf: [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) })
    }
}
