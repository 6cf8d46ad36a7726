import Files

/// A message in the wire format of Protocol Buffers (protobuf.dev, "Encoding"), as far as TensorBoard's messages need it.
///
/// Fields stand in the order in which they are added. A caller leaves out what has the default value, as the format's own
/// libraries do.
package struct ProtobufMessage {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// How a field's value is laid out.
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    /// A field of the types int32, int64 or an enumeration.
    package mutating func add(_ field: Int, _ value: Int) {
        addKey(field, .varint)
        addVarint(UInt64(bitPattern: Int64(value)))
    }

    /// A field of the type double.
    package mutating func add(_ field: Int, _ value: Double) {
        addKey(field, .fixed64)
        addLittleEndian(value.bitPattern)
    }

    /// A field of the type float.
    package mutating func add(_ field: Int, _ value: Float) {
        addKey(field, .fixed32)
        addLittleEndian(value.bitPattern)
    }

    /// A field of the type bytes.
    package mutating func add(_ field: Int, _ value: some Collection<UInt8>) {
        addKey(field, .lengthDelimited)
        addVarint(UInt64(value.count))
        bytes += value
    }

    /// A field of the type string.
    package mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

    /// A field that is a message.
    package mutating func add(_ field: Int, _ value: ProtobufMessage) { add(field, value.bytes) }

    private mutating func addKey(_ field: Int, _ type: WireType) { addVarint(UInt64(field) << 3 | type.rawValue) }

    /// Seven bits a byte, the lowest first; the high bit says that more follow.
    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func addLittleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// The value of an integer field of an encoded message, the last where it occurs several times.
    ///
    /// - Returns: nil if the bytes are no message; 0, the default, if the field is not there.
    package static func integer(_ field: Int, of bytes: ArraySlice<UInt8>) -> Int? {
        var rest = bytes
        var value = 0
        while !rest.isEmpty {
            guard let key = takeVarint(&rest), let type = WireType(rawValue: key & 7) else { return nil }
            let count: Int
            switch type {
            case .varint:
                guard let number = takeVarint(&rest) else { return nil }
                if key >> 3 == UInt64(field) { value = Int(truncatingIfNeeded: number) }
                count = 0
            case .fixed64: count = 8
            case .fixed32: count = 4
            case .lengthDelimited:
                guard let length = takeVarint(&rest), length <= UInt64(rest.count) else { return nil }
                count = Int(length)
            }
            guard count <= rest.count else { return nil }
            rest = rest.dropFirst(count)
        }
        return value
    }

    private static func takeVarint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
