import Glibc

/// Writes a line to stderr: everything that is not a result goes there.
func printError(_ line: String) { writeError(line + "\n") }

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
    guard fflush(nil) == 0 else { throw OutputError() }
}

/// Results could not be written to stdout.
struct OutputError: Error, CustomStringConvertible {
    let description = "standard output: \(String(cString: strerror(errno))); free disk space or let the reader run on"
}
