import FoundationEssentials
import Tensors

/// Files of named tensors in the safetensors format: 8 bytes of header length, a JSON header, the data.
///
/// What is read is checked against itself: every offset, size and overlap, before any value is used.
public struct SafeTensors {
    /// One tensor of a file.
    public struct Entry: Sendable, Equatable {
        public let name: String
        /// `F32`, `BF16` or `F16`.
        public let elementType: String
        public let shape: [Int]
        /// Bytes from the beginning of the data.
        public let range: Range<Int>
    }

    /// In the order of the data.
    public let entries: [Entry]
    /// The texts under `__metadata__`.
    public let metadata: [String: String]
    private let path: String
    private let content: Data
    private let dataStart: Int

    private static let byteCounts = ["F32": 4, "BF16": 2, "F16": 2]
    private static let largestHeader = 100_000_000

    /// Reads and checks a file.
    ///
    /// - Throws: `ModelError` naming the file and what is wrong where.
    public init(path: String) throws {
        self.path = path
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ModelError("\(path): no such file, or it cannot be read; a model folder needs it")
        }
        self.content = content
        func damaged(_ what: String) -> ModelError {
            ModelError("\(path): \(what); the file is damaged or no safetensors file: copy or train the model again")
        }
        guard content.count >= 8 else { throw damaged("\(content.count) bytes, too short for a header") }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(content[content.startIndex + $1]) << (8 * $1) }
        guard length <= Self.largestHeader, 8 + Int(length) <= content.count else {
            throw damaged("the header claims \(length) bytes, the file has \(content.count)")
        }
        dataStart = 8 + Int(length)
        let header: [String: HeaderValue]
        do {
            header = try JSONDecoder().decode(
                [String: HeaderValue].self, from: content.subdata(in: 8..<dataStart))
        } catch {
            throw damaged("the header (bytes 8 to \(dataStart)) is not the JSON it should be")
        }

        // A decoder of JSON keeps the last of two equal keys in silence; every tensor has this key once.
        let tensorCount = header.values.count { if case .tensor = $0 { true } else { false } }
        let headerText = String(
            decoding: content[(content.startIndex + 8)..<(content.startIndex + dataStart)], as: UTF8.self)
        guard headerText.split(separator: "\"data_offsets\"", omittingEmptySubsequences: false).count == tensorCount + 1
        else { throw damaged("the header names a tensor twice") }

        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        // In a fixed order, so that the same damage gives the same message.
        for (name, value) in header.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .metadata(let texts): metadata = texts
            case .tensor(let type, let shape, let offsets):
                guard let size = Self.byteCounts[type] else {
                    throw damaged("tensor \(name) has the type \(type); F32, BF16 and F16 are known")
                }
                var count = size
                for axis in shape {
                    let (product, overflow) = count.multipliedReportingOverflow(by: axis)
                    guard axis >= 0, !overflow else { throw damaged("tensor \(name) has the shape \(shape)") }
                    count = product
                }
                guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1],
                    offsets[1] <= content.count - dataStart
                else {
                    throw damaged(
                        "tensor \(name) claims bytes \(offsets) of \(content.count - dataStart) bytes of data")
                }
                guard offsets[1] - offsets[0] == count else {
                    throw damaged(
                        "tensor \(name) of shape \(shape) needs \(count) bytes, but has \(offsets[1] - offsets[0])")
                }
                entries.append(Entry(name: name, elementType: type, shape: shape, range: offsets[0]..<offsets[1]))
            }
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw damaged(
                    "tensor \(entry.name) begins at byte \(entry.range.lowerBound) of the data instead of \(end)")
            }
            end = entry.range.upperBound
        }
        guard end == content.count - dataStart else {
            throw damaged("\(content.count - dataStart - end) bytes follow the last tensor")
        }
        self.entries = entries
        self.metadata = metadata
    }

    /// The tensor of this name, which must have this shape.
    ///
    /// - Throws: `ModelError` if there is none, or it has another shape.
    @discardableResult
    public func check(_ name: String, shape: [Int]) throws(ModelError) -> Entry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw ModelError(
                "\(path): has no tensor \(name); the file belongs to another configuration: put back its config.json")
        }
        guard entry.shape == shape else {
            throw ModelError(
                "\(path): tensor \(name) has the shape \(entry.shape), the configuration asks for \(shape): put back the "
                    + "config.json and vocabulary.json that belong to it")
        }
        return entry
    }

    /// Copies the values of a tensor, as float32, to `target`, which must have its shape.
    ///
    /// - Throws: `ModelError` if there is no such tensor, or it has another shape, or a value that is NaN or infinite.
    public func read(_ name: String, into target: Tensor) throws {
        let entry = try check(name, shape: target.shape)
        let (values, count) = (target.floats, target.count)
        content.withUnsafeBytes { bytes in
            let source = UnsafeRawBufferPointer(
                rebasing: bytes[dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound])
            switch entry.elementType {
            case "F32":
                for index in 0..<count {
                    values[index] = source.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
                }
            case "BF16":
                for index in 0..<count {
                    let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    values[index] = Float(bitPattern: UInt32(bits) << 16)
                }
            default:
                for index in 0..<count {
                    values[index] = Self.float(
                        halfBits: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                }
            }
        }
        if let bad = (0..<count).first(where: { !values[$0].isFinite }) {
            throw ModelError(
                "\(path): value \(bad) of tensor \(name) is \(values[bad]); the file is damaged: copy or train the model again"
            )
        }
    }

    /// The bytes of a file with these tensors, in this order.
    public static func data(_ tensors: [(name: String, value: Tensor)], metadata: [String: String] = [:]) throws -> Data
    {
        var header: [String: HeaderValue] = [:]
        if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
        var end = 0
        for (name, value) in tensors {
            let size = value.count * value.elementType.byteCount
            header[name] = .tensor(
                type: value.elementType == .float32 ? "F32" : "BF16", shape: value.shape, offsets: [end, end + size])
            end += size
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var json = try encoder.encode(header)
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        var file = Data(capacity: 8 + json.count + end)
        for byte in 0..<8 { file.append(UInt8(truncatingIfNeeded: json.count >> (8 * byte))) }
        file.append(json)
        for (_, value) in tensors {
            file.append(
                value.pointer.assumingMemoryBound(to: UInt8.self), count: value.count * value.elementType.byteCount)
        }
        return file
    }

    /// IEEE 754 binary16 to float32.
    private static func float(halfBits bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Float(bits & 0x3ff) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}

/// What stands behind a name in the header.
private enum HeaderValue: Codable {
    case metadata([String: String])
    case tensor(type: String, shape: [Int], offsets: [Int])

    private enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let type = try? container.decode(String.self, forKey: .dtype) {
            self = .tensor(
                type: type, shape: try container.decode([Int].self, forKey: .shape),
                offsets: try container.decode([Int].self, forKey: .offsets))
        } else {
            self = .metadata(try [String: String](from: decoder))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .metadata(let texts): try texts.encode(to: encoder)
        case .tensor(let type, let shape, let offsets):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .dtype)
            try container.encode(shape, forKey: .shape)
            try container.encode(offsets, forKey: .offsets)
        }
    }
}
