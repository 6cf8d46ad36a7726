import Yams

/// Reads and writes any `Codable` configuration as YAML.
///
/// What is read lies over complete defaults, so a file names only what it changes; what is written is complete. Every mistake
/// is one line that names the file and line, or the `--set` option, and what is expected there.
///
/// The configuration is made of structs, arrays, optionals, numbers, texts and enumerations with raw values.
public enum YAMLConfiguration {
    /// The defaults, changed by a file and then by `key.path=value` texts, in this order.
    ///
    /// - Parameters:
    ///   - path: A YAML file; nil to use the defaults.
    ///   - overrides: What stands behind `--set`: `schedule.peakLearningRate=0.001`, the value in YAML.
    ///   - overrideOption: What messages call that option.
    /// - Throws: `ConfigurationError` for a file that cannot be read or is not YAML, that has an unknown key or a value of the wrong type.
    public static func load<Configuration: Codable>(
        _ defaults: Configuration, path: String?, overrides: [String] = [], overrideOption: String = "--set"
    ) throws -> Configuration {
        guard let path else { return try read(defaults, nil, overrides, overrideOption) }
        return try read(defaults, ConfigurationDocument(path: path), overrides, overrideOption)
    }

    /// As `load`, from a text; `path` is what messages call it.
    public static func read<Configuration: Codable>(
        _ defaults: Configuration, yaml: String, path: String, overrides: [String] = [],
        overrideOption: String = "--set"
    ) throws -> Configuration {
        try read(defaults, ConfigurationDocument(text: yaml, path: path), overrides, overrideOption)
    }

    private static func read<Configuration: Codable>(
        _ defaults: Configuration, _ document: ConfigurationDocument?, _ overrides: [String], _ option: String
    ) throws -> Configuration {
        var tree = try ConfigurationEncoder.node(of: defaults)
        if let root = document?.root { tree = tree.overlaid(with: root) }
        for override in overrides { tree = tree.overlaid(with: try Self.node(override: override, option: option)) }
        return try ConfigurationDecoder.decode(Configuration.self, from: tree, path: "")
    }

    /// The complete configuration as YAML, keys in the order of their declaration: the same text for the same values.
    ///
    /// - Throws: What the type's own `encode(to:)` throws.
    public static func yaml(_ configuration: some Encodable) throws -> String {
        try Yams.serialize(
            node: ConfigurationEncoder.node(of: configuration).yamlNode, width: -1, allowUnicode: true)
    }

    /// `schedule.peakLearningRate=0.001` as a tree with one leaf.
    private static func node(override: String, option: String) throws -> ConfigurationNode {
        let origin = ConfigurationOrigin.override(option: option, text: override)
        guard let equals = override.firstIndex(of: "=") else {
            throw ConfigurationError(
                origin: origin, message: "expected key=value, for example schedule.peakLearningRate=0.001")
        }
        let keys = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
        guard keys.allSatisfy({ !$0.isEmpty }) else {
            throw ConfigurationError(origin: origin, message: "expected names with dots between them before the =")
        }
        let value = try ConfigurationNode(
            yaml: String(override[override.index(after: equals)...]), origin: { _ in origin })
        return keys.reversed().reduce(value ?? ConfigurationNode(.null, origin: origin)) { node, key in
            let entry = ConfigurationNode.Entry(key: String(key), keyOrigin: origin, node: node)
            return ConfigurationNode(.mapping([entry]), origin: origin)
        }
    }
}
