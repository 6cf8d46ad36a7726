/// Turns a `ConfigurationNode` into a `Codable` value; every mismatch is a `ConfigurationError` with its place.
///
/// A key that the type never asks for is unknown, and the ones it asks for are the known ones: the types themselves are the
/// schema.
struct ConfigurationDecoder: Decoder {
    /// The keys that were asked for in one section.
    final class KeyUse {
        private(set) var asked: [String] = []
        private var isAsked: Set<String> = []
        /// Looked for, but not read by itself: such a key may stand in the file, and no message offers it.
        private var isLookedFor: Set<String> = []
        /// A dictionary takes any key.
        var takesAnyKey = false

        func ask(_ key: String) {
            if isAsked.insert(key).inserted { asked.append(key) }
        }

        func lookFor(_ key: String) { isLookedFor.insert(key) }

        func knows(_ key: String) -> Bool { isAsked.contains(key) || isLookedFor.contains(key) }
    }

    let node: ConfigurationNode
    /// Dotted, for messages: `optimizer.learningRate`.
    let path: String
    let keyUse = KeyUse()
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// - Throws: `ConfigurationError`.
    static func decode<Value: Decodable>(_ type: Value.Type, from node: ConfigurationNode, path: String) throws -> Value
    {
        let decoder = ConfigurationDecoder(node: node, path: path)
        let value: Value
        do {
            value = try decoder.decodeScalar(type) ?? Value(from: decoder)
        } catch {
            throw decoder.error(for: error, type)
        }
        try decoder.checkKeys()
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .mapping(let entries) = node.value else {
            throw mismatch("a section (lines `key: value`, indented)")
        }
        return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self, entries: entries))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .sequence(let nodes) = node.value else { throw mismatch("a list ([a, b] or lines `- a`)") }
        return UnkeyedContainer(decoder: self, nodes: nodes)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleContainer(decoder: self) }

    /// The value of a number, truth value or text; nil for any other type.
    private func decodeScalar<Value>(_ type: Value.Type) throws -> Value? {
        switch type {
        case is Bool.Type:
            let truth = ["true": true, "false": false]
            return try (plainText.flatMap { truth[$0] } ?? { throw mismatch("true or false") }()) as? Value
        case is String.Type:
            guard case .scalar(let text, let isQuoted) = node.value else { throw mismatch("text") }
            if node.origin.isJSON && !isQuoted { throw mismatch("text in double quotes") }
            return text as? Value
        case is Double.Type: return try number(Double.self) as? Value
        case is Float.Type: return try number(Float.self) as? Value
        case let type as any FixedWidthInteger.Type: return try wholeNumber(type) as? Value
        default: return nil
        }
    }

    private var plainText: String? {
        guard case .scalar(let text, isQuoted: false) = node.value else { return nil }
        return text
    }

    private func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ type: Number.Type) throws -> Number {
        if let text = plainText, let value = Number(text), value.isFinite, !text.contains("x") { return value }
        throw mismatch("a number")
    }

    /// A whole number, also written as `16e3`.
    private func wholeNumber<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        if let text = plainText {
            if let value = Integer(text) { return value }
            if let value = Double(text), let whole = Integer(exactly: value), !text.contains("x") { return whole }
        }
        throw mismatch("a whole number" + (Integer.min == 0 ? ", not negative" : ""))
    }

    private func mismatch(_ expected: String) -> ConfigurationError {
        let found =
            switch node.value {
            case .null: "nothing"
            case .scalar(let text, _): "`\(text)`"
            case .sequence: "a list"
            case .mapping: "a section"
            }
        let subject = path.isEmpty ? "" : "`\(path)`: "
        return ConfigurationError(origin: node.origin, message: "\(subject)expected \(expected), found \(found)")
    }

    /// What an error thrown by the type itself means: a value outside an enumeration, a missing key, or its own check.
    private func error<Value>(for error: any Error, _ type: Value.Type) -> ConfigurationError {
        if let enumeration = type as? any CaseIterable.Type {
            return mismatch("one of " + Self.caseNames(enumeration).joined(separator: ", "))
        }
        if let error = error as? ConfigurationError { return error }
        if case DecodingError.keyNotFound(let key, _) = error, let misspelt = misspelling(of: key.stringValue) {
            return unknownKey(misspelt, hint: "did you mean `\(section)\(key.stringValue)`?")
        }
        let message =
            switch error {
            case DecodingError.keyNotFound(let key, _): "the key `\(key.stringValue)` is missing"
            case DecodingError.dataCorrupted(let context): context.debugDescription
            default: "\(error)"
            }
        let subject = path.isEmpty ? "" : "`\(path)`: "
        return ConfigurationError(origin: node.origin, message: subject + message)
    }

    private static func caseNames<Enumeration: CaseIterable>(_ type: Enumeration.Type) -> [String] {
        type.allCases.map { ($0 as? any RawRepresentable).map { "\($0.rawValue)" } ?? "\($0)" }
    }

    /// The path with a dot behind it, for the keys of this section.
    private var section: String { path.isEmpty ? "" : path + "." }

    /// A key that nobody asked for and that is like one that is missing.
    private func misspelling(of key: String) -> ConfigurationNode.Entry? {
        guard case .mapping(let entries) = node.value else { return nil }
        return entries.first { !keyUse.knows($0.key) && nearestName(to: $0.key, among: [key]) != nil }
    }

    private func unknownKey(_ entry: ConfigurationNode.Entry, hint: String) -> ConfigurationError {
        ConfigurationError(origin: entry.keyOrigin, message: "unknown key `\(section)\(entry.key)`; \(hint)")
    }

    /// - Throws: `ConfigurationError` at the first key that the type did not ask for, with the nearest one that it knows.
    private func checkKeys() throws {
        guard case .mapping(let entries) = node.value, !keyUse.takesAnyKey else { return }
        guard let unknown = entries.first(where: { !keyUse.knows($0.key) }) else { return }
        let nearest = nearestName(to: unknown.key, among: keyUse.asked)
        let hint =
            nearest.map { "did you mean `\(section)\($0)`?" } ?? "known keys: " + keyUse.asked.joined(separator: ", ")
        throw unknownKey(unknown, hint: hint)
    }

    private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ConfigurationDecoder
        let nodes: [String: ConfigurationNode]
        let codingPath: [any CodingKey] = []

        init(decoder: ConfigurationDecoder, entries: [ConfigurationNode.Entry]) {
            self.decoder = decoder
            nodes = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.node) })
        }

        var allKeys: [Key] {
            decoder.keyUse.takesAnyKey = true
            return nodes.keys.compactMap { Key(stringValue: $0) }
        }

        private func node(_ key: Key) -> ConfigurationNode? {
            decoder.keyUse.ask(key.stringValue)
            return nodes[key.stringValue]
        }

        func contains(_ key: Key) -> Bool {
            decoder.keyUse.lookFor(key.stringValue)
            return nodes[key.stringValue] != nil
        }

        func decodeNil(forKey key: Key) -> Bool {
            guard case .null? = node(key)?.value else { return false }
            return true
        }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            guard let node = node(key) else {
                throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: ""))
            }
            let path = decoder.path.isEmpty ? key.stringValue : decoder.path + "." + key.stringValue
            return try ConfigurationDecoder.decode(type, from: node, path: path)
        }

        // One per type, since the defaults only look for a key that is absent, and messages shall offer it all the same.
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
        func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            try optional(type, key)
        }

        private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
            guard let node = node(key) else { return nil }
            if case .null = node.value { return nil }
            return try decode(type, forKey: key)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            preconditionFailure("\(key.stringValue): nested containers are not supported; decode a struct")
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            preconditionFailure("\(key.stringValue): nested containers are not supported; decode an array")
        }
        func superDecoder() throws -> any Decoder { preconditionFailure("classes are not supported") }
        func superDecoder(forKey key: Key) throws -> any Decoder { preconditionFailure("classes are not supported") }
    }

    private struct UnkeyedContainer: UnkeyedDecodingContainer {
        let decoder: ConfigurationDecoder
        let nodes: [ConfigurationNode]
        let codingPath: [any CodingKey] = []
        var currentIndex = 0
        var count: Int? { nodes.count }
        var isAtEnd: Bool { currentIndex == nodes.count }

        mutating func decodeNil() -> Bool {
            guard !isAtEnd, case .null = nodes[currentIndex].value else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            guard !isAtEnd else { throw decoder.mismatch("a list of more than \(nodes.count) values") }
            let path = "\(decoder.path)[\(currentIndex)]"
            let value = try ConfigurationDecoder.decode(type, from: nodes[currentIndex], path: path)
            currentIndex += 1
            return value
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
            preconditionFailure("nested containers are not supported; decode a struct")
        }
        func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            preconditionFailure("nested containers are not supported; decode an array")
        }
        func superDecoder() throws -> any Decoder { preconditionFailure("classes are not supported") }
    }

    private struct SingleContainer: SingleValueDecodingContainer {
        let decoder: ConfigurationDecoder
        let codingPath: [any CodingKey] = []

        func decodeNil() -> Bool {
            guard case .null = decoder.node.value else { return false }
            return true
        }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try ConfigurationDecoder.decode(type, from: decoder.node, path: decoder.path)
        }
    }
}
