import Files
@preconcurrency import Glibc

/// Writes a line to stderr: everything that is not a result goes there.
func printError(_ line: String) { writeError(line + "\n") }

/// Writes a line to stderr about something that the user should look at.
func printWarning(_ line: String) { printError("Warning: \(line)") }

/// Writes to stderr as it is.
func writeError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}

/// Writes a result to stdout, at once.
///
/// - Throws: when nobody reads any more or the disk is full: results must not be lost in silence.
func writeOutput(_ text: String) throws {
    print(text, terminator: "")
    try flushOutput()
}

/// Brings what was printed to where stdout leads.
///
/// - Throws: `OutputError` when something of it was lost, now or earlier.
func flushOutput() throws {
    guard fflush(stdout) == 0, ferror(stdout) == 0 else { throw OutputError() }
}

/// Results could not be written to stdout.
struct OutputError: Error, CustomStringConvertible {
    let description =
        "standard output: \(String(cString: strerror(errno))); free disk space, or keep the program that reads it running"
}
