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
