/// Why an audio file could not be read: which file, what is wrong with it, and what to do next, on one line.
public struct AudioError: Error, CustomStringConvertible, Equatable, Sendable {
    /// What went wrong, for callers that must tell one case from another.
    public enum Code: String, Sendable {
        case notFound, unreadable, notAFile, empty, notAudio, invalidHeader, truncated, invalidSample
        case noSuchChannel, outOfRange, conversion
    }

    public let code: Code
    /// The path as the user gave it, or `standard input`.
    public let path: String
    /// What is wrong, with the place in the file where there is one.
    public let reason: String
    /// What the user can do about it.
    public let hint: String

    public init(_ code: Code, path: String, reason: String, hint: String) {
        self.code = code
        self.path = path
        self.reason = reason
        self.hint = hint
    }

    public var description: String { "\(path): \(reason); \(hint)" }
}
