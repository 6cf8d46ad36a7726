import Files
import FoundationEssentials
import Tensors

extension SafeTensors {
    /// The types of numbers that are written.
    package enum WrittenType: String, Sendable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case int8 = "I8"
        case fourBits = "F4"

        var bitCount: Int {
            switch self {
            case .float32: 32
            case .float16, .bfloat16: 16
            case .int8: 8
            case .fourBits: 4
            }
        }
    }

    /// A tensor that is to be written.
    package struct Declaration: Sendable {
        package let name: String
        package let elementType: WrittenType
        package let shape: [Int]

        package init(name: String, elementType: WrittenType, shape: [Int]) {
            self.name = name
            self.elementType = elementType
            self.shape = shape
        }

        var byteCount: Int { shape.reduce(elementType.bitCount, *) / 8 }
    }

    /// Writes a file tensor by tensor: it is there whole or not at all, and never in memory as a whole.
    ///
    /// - Parameter content: gives the bytes of a tensor, in one or more pieces, to `append`; called for one after the other, in the order of the
    ///   file: first those that end at a multiple of 64 bytes.
    /// - Throws: what `content` throws; `FileWriteError`.
    package static func write(
        _ tensors: [Declaration], metadata: [String: String] = [:], to path: String,
        content: (_ tensor: Declaration, _ append: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let (header, ordered) = try layout(tensors, metadata: metadata)
        try AtomicFile.write(to: path) { writer in
            try header.withUnsafeBytes { try writer.append($0) }
            for tensor in ordered {
                var byteCount = 0
                try content(tensor) { bytes in
                    byteCount += bytes.count
                    try writer.append(bytes)
                }
                precondition(
                    byteCount == tensor.byteCount,
                    "SafeTensors.write: \(byteCount) bytes for \(tensor.name) of shape \(tensor.shape)")
            }
        }
    }

    /// The bytes of a file with these tensors.
    ///
    /// - Parameters:
    ///   - blocks: names of float32 tensors that are rounded to blocks of 8 bits: see `BlockScaledTensor`.
    ///   - fourBits: names of float32 tensors that are rounded to blocks of 4 bits: see `FourBitTensor`.
    /// - Throws: `ModelError` where a value is too large for that.
    public static func data(
        _ tensors: [(name: String, value: Tensor)], blocks: Set<String> = [], fourBits: Set<String> = [],
        metadata: [String: String] = [:]
    ) throws -> Data {
        var declarations: [Declaration] = []
        var appending: [String: (inout Data) -> Void] = [:]
        func add(_ name: String, _ numbers: [some FixedWidthInteger], _ type: WrittenType, shape: [Int]) {
            declarations.append(Declaration(name: name, elementType: type, shape: shape))
            appending[name] = { file in numbers.withUnsafeBytes { file.append(contentsOf: $0) } }
        }
        func addExponents(_ exponents: [Int8], of name: String, shape: [Int]) {
            add(name + exponentSuffix, exponents, .int8, shape: BlockScaledTensor.exponentShape(shape))
        }
        func tooLarge(_ name: String, bits: Int) -> ModelError {
            ModelError("\(name) has values above 32,000, which blocks of \(bits) bits cannot hold")
        }
        for (name, value) in tensors {
            if fourBits.contains(name), FourBitTensor.canStore(value.shape) {
                guard let (numbers, exponents) = FourBitTensor.rounded(value) else { throw tooLarge(name, bits: 4) }
                add(name, numbers, .fourBits, shape: value.shape)
                addExponents(exponents, of: name, shape: value.shape)
                continue
            }
            guard blocks.contains(name) else {
                let type = value.elementType == .float32 ? WrittenType.float32 : .bfloat16
                declarations.append(Declaration(name: name, elementType: type, shape: value.shape))
                appending[name] = { file in
                    let byteCount = value.count * value.elementType.byteCount
                    file.append(value.pointer.assumingMemoryBound(to: UInt8.self), count: byteCount)
                }
                continue
            }
            guard let (numbers, exponents) = BlockScaledTensor.rounded(value) else { throw tooLarge(name, bits: 8) }
            add(name, numbers, .int8, shape: value.shape)
            addExponents(exponents, of: name, shape: value.shape)
        }
        let (header, ordered) = try layout(declarations, metadata: metadata)
        var file = Data(capacity: header.count + declarations.reduce(0) { $0 + $1.byteCount })
        file.append(header)
        for tensor in ordered { appending[tensor.name]!(&file) }
        return file
    }

    /// Data begins at a multiple of this, so that a mapped file's values fit whole vectors.
    private static let alignment = 64

    /// What stands before the data, and the tensors in the order of the data: first those that end at a multiple of 64 bytes, so that as
    /// many as possible begin at one; those of larger numbers before those of smaller ones.
    private static func layout(
        _ tensors: [Declaration], metadata: [String: String]
    ) throws -> (header: Data, ordered: [Declaration]) {
        let ordered =
            tensors.filter { $0.byteCount % alignment == 0 }
            + [32, 16, 8, 4].flatMap { size in
                tensors.filter { $0.byteCount % alignment != 0 && $0.elementType.bitCount == size }
            }
        var header = SafeTensorsHeader()
        header.metadata = metadata
        var end = 0
        for tensor in ordered {
            header.tensors[tensor.name] = .init(
                type: tensor.elementType.rawValue, shape: tensor.shape, offsets: [end, end + tensor.byteCount])
            end += tensor.byteCount
        }
        var json = try header.json
        let padding = (alignment - (8 + json.count) % alignment) % alignment
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
        var file = Data(capacity: 8 + json.count)
        withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(json)
        return (file, ordered)
    }
}
