import Files
import Glibc
import Recognition
import Synchronization

/// Shows the text of one file while it is heard, and on a terminal how far all files are.
///
/// The text grows on stdout where it goes there by itself; otherwise a line on stderr is written over again.
final class TranscriptionDisplay: Sendable {
    private struct State {
        /// Seconds heard of each file that is not finished.
        var heard: [Int: Double] = [:]
        var finishedInSeconds = 0.0
        var finishedCount = 0
        var hasText = false
        var hasLine = false
        /// Why the text could not be written.
        var error: (any Error)?
    }
    private let state = Mutex(State())
    private let fileCount: Int
    private let showsText: Bool
    private let hasSpaces: Bool
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    /// - Parameters:
    ///   - showsText: whether the text of the only file goes to stdout, segment by segment.
    ///   - hasSpaces: whether there are spaces between segments.
    init(fileCount: Int, showsText: Bool, hasSpaces: Bool) {
        self.fileCount = fileCount
        self.showsText = showsText
        self.hasSpaces = hasSpaces
    }

    /// Whether something of the text stands on stdout.
    var hasText: Bool { state.withLock(\.hasText) }

    func show(_ progress: Transcription.Progress) {
        state.withLock { state in
            state.heard[progress.source] = progress.endInSeconds
            if showsText {
                for segment in progress.segments where state.error == nil {
                    do {
                        try writeOutput((state.hasText && hasSpaces ? " " : "") + segment.text)
                    } catch {
                        state.error = error
                    }
                    state.hasText = true
                }
            } else if isTerminal {
                let seconds = state.finishedInSeconds + state.heard.values.reduce(0, +)
                let work = (ContinuousClock.now - start) / .seconds(1)
                let files = fileCount > 1 ? "\(state.finishedCount) of \(fileCount) files, " : ""
                writeError(
                    "\r\u{1B}[K\(files)\(clock(seconds)) of audio transcribed, "
                        + "\(fixed(seconds / max(0.001, work), 0)) times real time")
                state.hasLine = true
            }
        }
    }

    /// Takes the line away before something else is written.
    ///
    /// - Throws: `OutputError` where the text could not be written.
    func finish(_ source: Int, durationInSeconds: Double) throws {
        try state.withLock { state in
            state.heard[source] = nil
            state.finishedInSeconds += durationInSeconds
            state.finishedCount += 1
            if state.hasLine { writeError("\r\u{1B}[K") }
            state.hasLine = false
            if let error = state.error { throw error }
        }
    }
}
