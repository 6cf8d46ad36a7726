import FoundationEssentials
import Tensors

extension SafeTensors {
    /// Data begins at a multiple of this, so that a mapped file's values fit whole vectors.
    private static let alignment = 64

    /// The bytes of a file with these tensors: first those that end at a multiple of 64 bytes, so that as many as possible begin at
    /// one.
    public static func data(_ tensors: [(name: String, value: Tensor)], metadata: [String: String] = [:]) throws -> Data
    {
        func byteCount(_ value: Tensor) -> Int { value.count * value.elementType.byteCount }
        let ordered =
            tensors.filter { byteCount($0.value) % alignment == 0 }
            + tensors.filter { byteCount($0.value) % alignment != 0 && $0.value.elementType == .float32 }
            + tensors.filter { byteCount($0.value) % alignment != 0 && $0.value.elementType != .float32 }
        var header = SafeTensorsHeader()
        header.metadata = metadata
        var end = 0
        for (name, value) in ordered {
            header.tensors[name] = .init(
                type: value.elementType == .float32 ? "F32" : "BF16", shape: value.shape,
                offsets: [end, end + byteCount(value)])
            end += byteCount(value)
        }
        var json = try header.json
        let padding = (alignment - (8 + json.count) % alignment) % alignment
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
        var file = Data(capacity: 8 + json.count + end)
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(json)
        for (_, value) in ordered {
            file.append(value.pointer.assumingMemoryBound(to: UInt8.self), count: byteCount(value))
        }
        return file
    }
}
