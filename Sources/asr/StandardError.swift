import Glibc

/// Writes text to standard error, where everything goes that is no result.
func writeToStandardError(_ text: String) {
    var remaining = Array(text.utf8)[...]
    while !remaining.isEmpty {
        let written = remaining.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if written <= 0 { return }  // Nobody listens any more.
        remaining = remaining.dropFirst(written)
    }
}
