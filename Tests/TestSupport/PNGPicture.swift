import CZlib
import FoundationEssentials
import Testing

/// A PNG file taken apart: its size, its palette and its rows of colour numbers.
public struct PNGPicture {
    public private(set) var (width, height) = (0, 0)
    public private(set) var palette: [UInt8] = []
    public private(set) var rows: [[UInt8]] = []

    public init(_ data: Data) throws {
        let bytes = [UInt8](data)
        #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        func number(_ offset: Int) -> Int { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
        var offset = 8
        var names: [String] = []
        while offset < bytes.count {
            let length = number(offset)
            let name = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
            let body = Array(bytes[(offset + 8)..<(offset + 8 + length)])
            #expect(
                number(offset + 8 + length) == Int(crc32(0, Array(name.utf8) + body, UInt32(4 + length))), "\(name)")
            names.append(name)
            switch name {
            case "IHDR":
                (width, height) = (number(offset + 8), number(offset + 12))
                #expect(Array(body.suffix(5)) == [8, 3, 0, 0, 0])
            case "PLTE": palette = body
            case "IDAT":
                var content = [UInt8](repeating: 0, count: (width + 1) * height)
                var count = UInt(content.count)
                #expect(uncompress(&content, &count, body, UInt(body.count)) == Z_OK)
                #expect(count == content.count)
                rows = (0..<height).map { Array(content[($0 * (width + 1))..<(($0 + 1) * (width + 1))]) }
                #expect(rows.allSatisfy { $0[0] == 0 })
            default: break
            }
            offset += 12 + length
        }
        #expect(names == ["IHDR", "PLTE", "IDAT", "IEND"])
    }
}
