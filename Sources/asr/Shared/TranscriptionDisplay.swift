import Audio
import Files
import Glibc
import Recognition
import Synchronization
import Tensors

/// Shows the text of one file while it is heard, and how far all files are: on a terminal a line on stderr that is written over again, elsewhere a
/// plain line now and then.
///
/// The text grows on stdout where it goes there by itself.
final class TranscriptionDisplay: Sendable {
    private struct State {
        /// Seconds heard of each file that is not finished.
        var heard: [Int: Double] = [:]
        var finishedInSeconds = 0.0
        var finishedCount = 0
        var hasText = false
        var hasLine = false
        var lastPlain = ContinuousClock.now
        /// Why the text could not be written.
        var error: (any Error)?
    }
    private let state = Mutex(State())
    /// Seconds of each file, when they are all known.
    private let lengths = Mutex<[Double]?>(nil)
    private let fileCount: Int
    private let showsText: Bool
    private let hasSpaces: Bool
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private static let plainInterval = Duration.seconds(30)

    /// - Parameters:
    ///   - paths: the files, in their order.
    ///   - showsText: whether the text of the only file goes to stdout, segment by segment.
    ///   - hasSpaces: whether there are spaces between segments.
    init(paths: [String], showsText: Bool, hasSpaces: Bool) {
        fileCount = paths.count
        self.showsText = showsText
        self.hasSpaces = hasSpaces
        if !isTextOnTerminal {
            DetachedThread.start { [self] in
                let known = Self.lengths(of: paths)
                lengths.withLock { $0 = known }
            }
        }
    }

    /// The text that grows shows by itself how far it is.
    private var isTextOnTerminal: Bool { showsText && isatty(STDOUT_FILENO) == 1 }

    /// Seconds of each file by its header, or as ffmpeg knows them; nil where one of them does not say.
    private static func lengths(of paths: [String]) -> [Double]? {
        var lengths: [Double] = []
        for path in paths {
            guard path != "-" else { return nil }
            do {
                guard let length = try RecordingFile.durationInSeconds(path: path) else { return nil }
                lengths.append(length)
            } catch {
                lengths.append(0)  // what nobody can read takes no time
            }
        }
        return lengths
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
            }
            if isTextOnTerminal { return }
            let seconds = state.finishedInSeconds + state.heard.values.reduce(0, +)
            if isTerminal {
                writeError("\r\u{1B}[K\(line(seconds, state.finishedCount).prefix(Self.width - 1))")
                state.hasLine = true
            } else if ContinuousClock.now - state.lastPlain >= Self.plainInterval {
                state.lastPlain = .now
                printError(line(seconds, state.finishedCount))
            }
        }
    }

    private func line(_ seconds: Double, _ finishedCount: Int) -> String {
        let speed = seconds / max(0.001, (ContinuousClock.now - start) / .seconds(1))
        let files = fileCount > 1 ? "  \(finishedCount) of \(fileCount) files" : ""
        let total = lengths.withLock { $0?.reduce(0, +) } ?? 0
        guard total > 0 else {
            return "\(clock(seconds)) of audio transcribed  \(fixed(speed, 0)) times real time\(files)"
        }
        let fraction = min(1, seconds / total)
        return "\(bar(fraction)) \(fixed(100 * fraction, 0)) %  \(clock(seconds)) of \(clock(total))  "
            + "\(fixed(speed, 0)) times real time  ETA \(clock(max(0, total - seconds) / max(0.001, speed)))\(files)"
    }

    /// Columns of the terminal.
    private static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    /// Takes the line away before something else is written.
    ///
    /// - Parameter durationInSeconds: of the file; nil where it could not be transcribed.
    /// - Throws: `OutputError` where the text could not be written.
    func finish(_ source: Int, durationInSeconds: Double?) throws {
        try state.withLock { state in
            state.heard[source] = nil
            state.finishedInSeconds += durationInSeconds ?? lengths.withLock { $0?[source] } ?? 0
            state.finishedCount += 1
            if state.hasLine { writeError("\r\u{1B}[K") }
            state.hasLine = false
            if let error = state.error { throw error }
        }
    }
}
