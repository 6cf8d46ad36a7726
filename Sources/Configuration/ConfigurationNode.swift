import Yams

/// A configuration as a tree, each part of which knows where it was written.
struct ConfigurationNode {
    enum Value {
        case null
        /// Text as it was written; `isQuoted` when it cannot be meant as a number, a truth value or nothing.
        case scalar(String, isQuoted: Bool)
        case sequence([ConfigurationNode])
        /// In the order in which the keys were written.
        case mapping([Entry])
    }

    struct Entry {
        var key: String
        var keyOrigin: ConfigurationOrigin
        var node: ConfigurationNode
    }

    var value: Value
    var origin: ConfigurationOrigin

    /// The tree of a YAML document; nil when it is empty.
    ///
    /// - Throws: `ConfigurationError` at the line that is no YAML, has a key twice or a key that is no plain text.
    init?(yaml: String, origin: (Int?) -> ConfigurationOrigin) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            let (line, problem) = Self.lineAndProblem(of: error)
            throw ConfigurationError(origin: origin(line), message: "not YAML: \(problem)")
        }
        guard let root else { return nil }
        try self.init(root, origin: origin)
    }

    init(_ value: Value, origin: ConfigurationOrigin) {
        self.value = value
        self.origin = origin
    }

    private init(_ node: Node, origin: (Int?) -> ConfigurationOrigin) throws {
        self.origin = origin(node.mark?.line)
        switch node {
        case .scalar(let scalar):
            let isQuoted = ![.any, .plain].contains(scalar.style)
            let isNull = !isQuoted && ["", "~", "null"].contains(scalar.string)
            value = isNull ? .null : .scalar(scalar.string, isQuoted: isQuoted)
        case .sequence(let sequence):
            value = .sequence(try sequence.map { try ConfigurationNode($0, origin: origin) })
        case .mapping(let mapping):
            value = .mapping(
                try mapping.map { key, node in
                    guard let name = key.scalar?.string else {
                        throw ConfigurationError(origin: origin(key.mark?.line), message: "a key must be a name")
                    }
                    return Entry(
                        key: name, keyOrigin: origin(key.mark?.line), node: try ConfigurationNode(node, origin: origin))
                })
        case .alias:
            throw ConfigurationError(origin: self.origin, message: "an alias (*name) without its anchor (&name)")
        }
    }

    /// This tree with another one laid over it: sections are joined key by key, anything else is replaced.
    ///
    /// An empty section (`optimizer:` and nothing below) changes nothing.
    func overlaid(with other: ConfigurationNode) -> ConfigurationNode {
        guard case .mapping(var entries) = value else { return other }
        switch other.value {
        case .null: return self
        case .mapping(let others):
            for entry in others {
                if let index = entries.firstIndex(where: { $0.key == entry.key }) {
                    entries[index].node = entries[index].node.overlaid(with: entry.node)
                    entries[index].keyOrigin = entry.keyOrigin
                } else {
                    entries.append(entry)
                }
            }
            return ConfigurationNode(.mapping(entries), origin: other.origin)
        case .scalar, .sequence: return other
        }
    }

    /// The node as Yams writes it: short lists on one line, text in quotes where it could be read as something else.
    var yamlNode: Node {
        switch value {
        case .null: return Node("null", Tag(.null))
        case .scalar(let text, let isQuoted):
            return Node.scalar(Node.Scalar(text, Tag(isQuoted ? .str : .implicit), isQuoted ? .doubleQuoted : .plain))
        case .sequence(let nodes):
            let isFlat = nodes.allSatisfy { if case .mapping = $0.value { false } else { true } }
            return Node(nodes.map(\.yamlNode), .implicit, isFlat ? .flow : .block)
        case .mapping(let entries):
            let pairs = entries.map { (Self.text($0.key).yamlNode, $0.node.yamlNode) }
            return Node(pairs, .implicit, entries.isEmpty ? .flow : .block)
        }
    }

    /// A text, quoted only where it must be.
    static func text(_ text: String) -> ConfigurationNode {
        let isPlain =
            !text.isEmpty && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
            && text.utf8.allSatisfy { isWordByte($0) || [0x2E, 0x2F, 0x2D].contains($0) }  // . / -
            && isWordByte(text.utf8.first!) && !(0x30...0x39).contains(text.utf8.first!)
        return ConfigurationNode(.scalar(text, isQuoted: !isPlain), origin: .defaults)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    private static func lineAndProblem(of error: YamlError) -> (line: Int?, problem: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return (mark.line, [context?.text, problem].compactMap { $0 }.joined(separator: ", "))
        case .duplicatedKeysInMapping(let duplicates, let context):
            return (context.mark.line, "the key \(duplicates.joined(separator: ", ")) twice in this section")
        default: return (nil, "\(error)")
        }
    }
}
