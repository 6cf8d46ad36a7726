/// Turns a `Codable` value into a `ConfigurationNode`, keys in the order of declaration, nil as null.
struct ConfigurationEncoder: Encoder {
    /// The node under construction; shared by the containers that fill it.
    final class Box {
        var node = ConfigurationNode(.null, origin: .defaults)

        func append(_ entry: ConfigurationNode.Entry) {
            guard case .mapping(var entries) = node.value else {
                preconditionFailure("keyed and unkeyed values mixed")
            }
            node.value = .null  // so that the list is not copied for each entry
            entries.append(entry)
            node.value = .mapping(entries)
        }

        func append(_ element: ConfigurationNode) {
            guard case .sequence(var nodes) = node.value else { preconditionFailure("keyed and unkeyed values mixed") }
            node.value = .null
            nodes.append(element)
            node.value = .sequence(nodes)
        }
    }

    let box = Box()
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// - Throws: What the value's own `encode(to:)` throws.
    static func node(of value: some Encodable) throws -> ConfigurationNode {
        // Numbers and text arrive here directly when they are list elements or raw values.
        switch value {
        case let value as Bool: return scalar(value ? "true" : "false")
        case let value as String: return .text(value)
        case let value as Float: return scalar(description(of: value))
        case let value as Double: return scalar(description(of: value))
        case let value as any BinaryInteger: return scalar("\(value)")
        default:
            let encoder = ConfigurationEncoder()
            try value.encode(to: encoder)
            // A dictionary has another order in each process.
            if value is [String: any Encodable], case .mapping(let entries) = encoder.box.node.value {
                encoder.box.node.value = .mapping(entries.sorted { $0.key < $1.key })
            }
            return encoder.box.node
        }
    }

    private static func scalar(_ text: String) -> ConfigurationNode {
        ConfigurationNode(.scalar(text, isQuoted: false), origin: .defaults)
    }

    /// The shortest digits that give the same number again; infinity and not-a-number as YAML writes them.
    private static func description<Number: BinaryFloatingPoint & CustomStringConvertible>(of number: Number) -> String
    {
        if number.isNaN { return ".nan" }
        if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
        return number.description
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.node.value = .mapping([])
        return KeyedEncodingContainer(KeyedContainer<Key>(box: box))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.node.value = .sequence([])
        return UnkeyedContainer(box: box)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(box: box) }

    private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let box: Box
        let codingPath: [any CodingKey] = []

        private func append(_ node: ConfigurationNode, _ key: Key) {
            box.append(ConfigurationNode.Entry(key: key.stringValue, keyOrigin: .defaults, node: node))
        }

        private func append<Value: Encodable>(_ value: Value?, _ key: Key) throws {
            append(try value.map { try ConfigurationEncoder.node(of: $0) } ?? .init(.null, origin: .defaults), key)
        }

        func encodeNil(forKey key: Key) { append(.init(.null, origin: .defaults), key) }
        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try append(value, key) }

        // One per type, since the defaults leave nil out and the written configuration shall show every key.
        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: String?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try append(value, key) }
        func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try append(value, key) }

        // Enumerations with associated values and class hierarchies have no place in a configuration.
        func nestedContainer<Nested: CodingKey>(
            keyedBy keyType: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            preconditionFailure("\(key.stringValue): nested containers are not supported; encode a struct")
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            preconditionFailure("\(key.stringValue): nested containers are not supported; encode an array")
        }
        func superEncoder() -> any Encoder { preconditionFailure("classes are not supported") }
        func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("classes are not supported") }
    }

    private struct UnkeyedContainer: UnkeyedEncodingContainer {
        let box: Box
        let codingPath: [any CodingKey] = []
        var count = 0

        mutating func append(_ node: ConfigurationNode) {
            box.append(node)
            count += 1
        }

        mutating func encodeNil() { append(.init(.null, origin: .defaults)) }
        mutating func encode<Value: Encodable>(_ value: Value) throws {
            append(try ConfigurationEncoder.node(of: value))
        }

        func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
            preconditionFailure("nested containers are not supported; encode a struct")
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            preconditionFailure("nested containers are not supported; encode an array")
        }
        func superEncoder() -> any Encoder { preconditionFailure("classes are not supported") }
    }

    private struct SingleContainer: SingleValueEncodingContainer {
        let box: Box
        let codingPath: [any CodingKey] = []

        func encodeNil() { box.node.value = .null }
        func encode<Value: Encodable>(_ value: Value) throws { box.node = try ConfigurationEncoder.node(of: value) }
    }
}
