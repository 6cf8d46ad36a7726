/// What is wrong with a text file: which file, where in it, and what to do.
package struct TextFileError: Error, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: Sendable {
        /// There is no such file, or it is a folder, or it may not be read.
        case unreadable
        /// gzip cannot unpack it.
        case damaged
        case notUTF8
        /// A line or a row above `TextLines.longestLineByteCount`.
        case tooLong
        /// A quoted field of a table that does not end.
        case unclosedQuote
        /// Not what the format asks for.
        case malformed
    }

    package var code: Code
    package var path: String
    /// Counted from 1; nil where the whole file is meant.
    package var line: Int?
    package var message: String

    package init(_ code: Code, _ path: String, line: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.line = line
        self.message = message
    }

    package var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + message }
}
