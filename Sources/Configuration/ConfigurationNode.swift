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
    /// Whether this was written where a section is expected: a mistake that a later section must not hide.
    var replacesSection = false

    /// The tree of a YAML document; nil when it is empty.
    ///
    /// - Parameter format: what messages call the text: `YAML`, or `JSON`, which is a part of YAML.
    /// - Throws: `ConfigurationError` at the line that is not YAML, has a key twice, an alias or a key that is not plain text.
    init?(yaml: String, format: String = "YAML", origin: (Int?) -> ConfigurationOrigin) throws {
        let root: Node?
        do {
            try Self.refuseAliases(in: yaml, origin: origin)
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            let (mark, problem) = Self.placeAndProblem(of: error)
            let column = mark.map { " at column \($0.column)" } ?? ""
            throw ConfigurationError(origin: origin(mark?.line), message: "not \(format): \(problem)\(column)")
        }
        guard let root else { return nil }
        try self.init(root, origin: origin)
    }

    /// A few lines of aliases for aliases stand for more values than fit into memory, and Yams writes out each of them. So the
    /// text is read once with its anchors (&name) made into tags (!name): an alias then refers to nothing, which Yams reports.
    private static func refuseAliases(in yaml: String, origin: (Int?) -> ConfigurationOrigin) throws {
        guard yaml.utf8.contains(UInt8(ascii: "&")) else { return }
        let ampersand = UInt8(ascii: "&")
        let exclamation = UInt8(ascii: "!")
        do {
            _ = try Yams.compose(
                yaml: String(decoding: yaml.utf8.map { $0 == ampersand ? exclamation : $0 }, as: UTF8.self))
        } catch YamlError.composer(_, "found undefined alias", let mark, _) {
            throw ConfigurationError(
                origin: origin(mark.line), message: "an alias (*name) cannot be used here; write its value out")
        }
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
            var names: Set<String> = []
            value = .mapping(
                try mapping.map { key, node in
                    let keyOrigin = origin(key.mark?.line)
                    guard let name = key.scalar?.string else {
                        throw ConfigurationError(origin: keyOrigin, message: "a key must be a name")
                    }
                    // Yams takes 1 and "1" for two keys.
                    guard names.insert(name).inserted else {
                        throw ConfigurationError(
                            origin: keyOrigin, message: "the key \(name) is given twice in this section")
                    }
                    return Entry(key: name, keyOrigin: keyOrigin, node: try ConfigurationNode(node, origin: origin))
                })
        case .alias: preconditionFailure("ConfigurationNode: Yams keeps no aliases")
        }
    }

    /// This tree with another one laid over it: sections are joined key by key, anything else is replaced.
    ///
    /// An empty section (`optimizer:` and nothing below) changes nothing.
    func overlaid(with other: ConfigurationNode) -> ConfigurationNode {
        guard case .mapping(var entries) = value else {
            if replacesSection, case .mapping = other.value { return self }
            return other
        }
        switch other.value {
        case .null: return self
        case .mapping(let others):
            let places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.key), entries.indices))
            for entry in others {
                if let index = places[entry.key] {
                    entries[index].node = entries[index].node.overlaid(with: entry.node)
                    entries[index].keyOrigin = entry.keyOrigin
                } else {
                    entries.append(entry)
                }
            }
            return ConfigurationNode(.mapping(entries), origin: other.origin)
        case .scalar, .sequence:
            var mistake = other
            mistake.replacesSection = true
            return mistake
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

    private static func placeAndProblem(of error: YamlError) -> (mark: Mark?, problem: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            guard let context else { return (mark, problem) }
            let begin = context.mark.line == mark.line ? "" : " that begins on line \(context.mark.line)"
            return (mark, "\(context.text)\(begin), \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return (context.mark, "the key \(duplicates.joined(separator: ", ")) is given twice in this section")
        default: return (nil, "\(error)")
        }
    }
}
