import FoundationEssentials

/// What a report says of how it was made.
enum RunNotes {
    /// The command as it was given; arguments with spaces or other signs in single quotes.
    static var command: String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:%+@"
        let words = CommandLine.arguments.dropFirst().map { argument in
            argument.allSatisfy { plain.contains($0) } ? argument : "'\(argument.replacing("'", with: "'\\''"))'"
        }
        return (["asr"] + words).joined(separator: " ")
    }

    /// Day and time, such as 2026-11-29 15:18 UTC.
    static var date: String {
        let text = Date.now.formatted(.iso8601)  // 2026-11-29T15:18:12Z
        return text.prefix(16).replacing("T", with: " ") + " UTC"
    }
}
