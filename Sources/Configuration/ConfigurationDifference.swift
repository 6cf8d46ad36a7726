import Yams

/// The first key in which two values of one type differ, for messages.
package struct ConfigurationDifference: Equatable {
    /// Dotted: `transformer.headCount`; empty where the values have no keys.
    package let key: String
    /// Both values as YAML, on one line.
    package let first: String
    package let second: String

    /// Nil where the values are equal.
    package init?<Value: Encodable>(_ first: Value, _ second: Value) throws {
        let nodes = (try ConfigurationEncoder.node(of: first), try ConfigurationEncoder.node(of: second))
        guard let difference = Self.find(nodes.0, nodes.1, path: "") else { return nil }
        self = difference
    }

    private init(key: String, first: String, second: String) {
        (self.key, self.first, self.second) = (key, first, second)
    }

    private static func find(
        _ first: ConfigurationNode, _ second: ConfigurationNode, path: String
    ) -> ConfigurationDifference? {
        if case .mapping(let entries) = first.value, case .mapping(let others) = second.value,
            entries.map(\.key) == others.map(\.key)
        {
            for (entry, other) in zip(entries, others) {
                let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                if let difference = find(entry.node, other.node, path: key) { return difference }
            }
            return nil
        }
        let texts = (text(of: first), text(of: second))
        return texts.0 == texts.1 ? nil : ConfigurationDifference(key: path, first: texts.0, second: texts.1)
    }

    private static func text(of node: ConfigurationNode) -> String {
        // A scalar that stands alone ends with a line that only says so: "...".
        let yaml = (try? Yams.serialize(node: node.yamlNode, width: -1, allowUnicode: true)) ?? ""
        return yaml.split(separator: "\n").filter { $0 != "..." }.joined(separator: " ")
    }
}
