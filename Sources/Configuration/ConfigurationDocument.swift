import FoundationEssentials

/// A configuration file that has been read but not yet understood: its keys, with the places where they stand.
package struct ConfigurationDocument {
    private let path: String
    /// Nil for a file in which nothing is written.
    let root: ConfigurationNode?

    /// Reads a file of YAML or JSON, which is a part of YAML.
    ///
    /// - Throws: `ConfigurationError` for a file that cannot be read, or is not a section of keys.
    package init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(
                origin: .file(path: path, line: nil), message: "no such file, or it cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError(
                origin: .file(path: path, line: nil), message: "not UTF-8; convert the file to UTF-8")
        }
        try self.init(text: text, path: path)
    }

    /// As `init(path:)`, from a text; `path` is what messages call it.
    package init(text: String, path: String) throws {
        self.path = path
        let isJSON = path.hasSuffix(".json")
        root = try ConfigurationNode(yaml: text, format: isJSON ? "JSON" : "YAML") { .file(path: path, line: $0) }
        switch root?.value {
        case nil, .mapping, .null: break
        case .scalar, .sequence:
            throw ConfigurationError(
                origin: root!.origin, message: isJSON ? "expected an object {...}" : "expected lines `key: value`")
        }
    }

    /// The value of one key, whatever the others are; nil where the key is not there.
    ///
    /// - Throws: `ConfigurationError` for a value of another type.
    package func value<Value: Decodable>(_ type: Value.Type, forKey key: String) throws -> Value? {
        try entry(key).map { try ConfigurationDecoder.decode(type, from: $0.node, path: key) }
    }

    /// The whole document, laid over defaults: what it does not name has its default.
    ///
    /// - Parameter defaults: has keys of `Value`; those that it lacks must be in the document.
    /// - Throws: `ConfigurationError` for an unknown key, a missing one or a value of the wrong type.
    package func decode<Value: Decodable>(_ type: Value.Type, over defaults: some Encodable) throws -> Value {
        var tree = try ConfigurationEncoder.node(of: defaults)
        tree.origin = .file(path: path, line: nil)
        if let root { tree = tree.overlaid(with: root) }
        return try ConfigurationDecoder.decode(type, from: tree, path: "")
    }

    /// The whole document, which must name every key that has no default of its own.
    ///
    /// - Throws: `ConfigurationError` for an unknown key, a missing one or a value of the wrong type.
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try decode(type, over: [String: String]())
    }

    /// An error at a key, or at the file where it has no such key.
    package func error(_ message: String, at key: String) -> ConfigurationError {
        ConfigurationError(origin: entry(key)?.keyOrigin ?? .file(path: path, line: nil), message: message)
    }

    private func entry(_ key: String) -> ConfigurationNode.Entry? {
        guard case .mapping(let entries)? = root?.value else { return nil }
        return entries.first { $0.key == key }
    }
}
