/// What is wrong with a file of transcripts: the file, where in it, and what to do.
public struct TranscriptError: Error, CustomStringConvertible, Equatable, Sendable {
    /// What kind of fault it is.
    public enum Code: String, Sendable {
        case unreadable, notUTF8, malformed, missingId, mismatch, missingColumn
    }

    public var code: Code
    public var path: String
    /// Counted from 1; nil when the fault is not in one line.
    public var line: Int?
    public var message: String

    public init(_ code: Code, _ path: String, line: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.line = line
        self.message = message
    }

    public var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + message }
}
