import FoundationEssentials

/// The JSON header of a safetensors file: what each tensor is, by name, and texts under `__metadata__`.
///
/// It is only read here; `SafeTensors` checks it against the file: offsets, sizes and overlaps.
struct SafeTensorsHeader {
    /// What stands behind the name of a tensor.
    struct Tensor: Codable {
        var type: String
        var shape: [Int]
        /// The first byte and the one behind the last, from the beginning of the data.
        var offsets: [Int]

        private enum CodingKeys: String, CodingKey {
            case type = "dtype"
            case shape
            case offsets = "data_offsets"
        }
    }

    var tensors: [String: Tensor] = [:]
    var metadata: [String: String] = [:]
    /// Whether one name stands twice: a decoder of JSON keeps the last in silence.
    private(set) var namesTwice = false

    private static let metadataKey = "__metadata__"

    init() {}

    /// Nil if these bytes are no header.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else { return nil }
        tensors = content.tensors
        metadata = content.metadata ?? [:]
        namesTwice = Self.keyCount(bytes) != tensors.count + (content.metadata == nil ? 0 : 1)
    }

    /// The header as JSON, its keys in order.
    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(Content(tensors: tensors, metadata: metadata.isEmpty ? nil : metadata))
        }
    }

    /// The keys of the outermost object of JSON that is known to be valid.
    private static func keyCount(_ json: UnsafeRawBufferPointer) -> Int {
        var (count, depth) = (0, 0)
        var (isText, isEscaped) = (false, false)
        for byte in json {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }

    /// The header as JSON has it: tensors and metadata side by side.
    private struct Content: Codable {
        var tensors: [String: Tensor] = [:]
        var metadata: [String: String]?

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(tensors: [String: Tensor], metadata: [String: String]?) {
            self.tensors = tensors
            self.metadata = metadata
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == metadataKey {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
                }
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encodeIfPresent(metadata, forKey: Key(stringValue: metadataKey))
            for (name, tensor) in tensors { try container.encode(tensor, forKey: Key(stringValue: name)) }
        }
    }
}
