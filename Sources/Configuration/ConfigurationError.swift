/// Where a value was written.
enum ConfigurationOrigin {
    case defaults
    case file(path: String, line: Int?)
    /// `--set key=value`, as it was given.
    case override(option: String, text: String)

    /// Whether the rules of JSON hold, by which a word without quotes is not text.
    var isJSON: Bool {
        guard case .file(let path, _) = self else { return false }
        return path.hasSuffix(".json")
    }
}

/// A configuration that cannot be used: where, and what is expected there.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(origin: ConfigurationOrigin, message: String) {
        switch origin {
        case .defaults: description = "the defaults: \(message)"
        case .file(let path, let line): description = (line.map { "\(path):\($0)" } ?? path) + ": \(message)"
        case .override(let option, let text): description = "\(option) \(text): \(message)"
        }
    }
}
