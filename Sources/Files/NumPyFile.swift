import FoundationEssentials

/// Writes an array as a NumPy `.npy` file, version 1.0 of the format (numpy/lib/format.py).
public enum NumPyFile {
    /// The bytes of a file that holds `values` as little-endian float32 in C order.
    ///
    /// - Parameters:
    ///   - values: in row-major order.
    ///   - shape: the length of each axis; their product is the number of values.
    public static func encoded(_ values: [Float], shape: [Int]) -> Data {
        precondition(
            values.count == shape.reduce(1, *), "NumPyFile: \(values.count) values for shape \(shape)")
        let axes = shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(axes)), }"
        // Magic, version, header length and header together fill whole blocks of 64 bytes, the last of them a line end.
        let prefixLength = 10
        header += String(repeating: " ", count: 63 - (prefixLength + header.utf8.count) % 64) + "\n"

        var data = Data([0x93] + "NUMPY".utf8 + [1, 0])
        data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
        data.append(contentsOf: header.utf8)
        values.map(\.bitPattern.littleEndian).withUnsafeBytes { data.append(contentsOf: $0) }
        return data
    }
}
