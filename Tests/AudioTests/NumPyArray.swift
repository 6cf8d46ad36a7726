import FoundationEssentials

/// A `.npy` file as the tests read it: float32, C order, version 1.0.
struct NumPyArray {
    let shape: [Int]
    let values: [Float]

    init(_ data: Data) throws {
        let bytes = [UInt8](data)
        guard bytes.prefix(8) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0] else { throw Unreadable(reason: "magic") }
        let headerLength = Int(bytes[8]) + Int(bytes[9]) << 8
        let header = String(decoding: bytes[10..<(10 + headerLength)], as: UTF8.self)
        guard (10 + headerLength) % 64 == 0, header.hasSuffix("\n"), header.contains("'descr': '<f4'"),
            header.contains("'fortran_order': False"), let open = header.firstIndex(of: "("),
            let close = header.firstIndex(of: ")")
        else { throw Unreadable(reason: header) }
        shape = header[open..<close].dropFirst().split(separator: ",").compactMap { Int($0.filter(\.isNumber)) }
        let body = bytes[(10 + headerLength)...]
        values = stride(from: body.startIndex, to: body.endIndex, by: 4).map { index in
            let bits = (0..<4).reduce(UInt32(0)) { (bits: UInt32, byte: Int) -> UInt32 in
                bits | UInt32(body[index + byte]) << UInt32(8 * byte)
            }
            return Float(bitPattern: bits)
        }
    }

    struct Unreadable: Error { let reason: String }
}
