import Text

/// How the text of a window is cut into segments at its timestamps, and where the next window begins by them alone; openai/whisper,
/// `transcribe.py`. `WhisperRecording` decides where it begins in the end: silence and times of words count too.
package struct WhisperSegments: Equatable {
    /// A stretch of a window between two timestamps.
    package struct Segment: Equatable {
        /// Seconds from the beginning of the window.
        package var startInSeconds: Double
        package var endInSeconds: Double
        /// Text and timestamps.
        package var tokens: [Int]

        package init(startInSeconds: Double, endInSeconds: Double, tokens: [Int]) {
            self.startInSeconds = startInSeconds
            self.endInSeconds = endInSeconds
            self.tokens = tokens
        }
    }

    package var segments: [Segment]
    /// Frames from the beginning of this window to that of the next.
    package var advance: Int
    /// Whether the text ends in a timestamp behind which nothing is said.
    package var endsInOneTimestamp: Bool

    private static let framesPerTimestamp = 2

    /// - Parameters:
    ///   - tokens: of the window
    ///   - frameCount: frames of the window that are not padding
    ///   - frameInSeconds: the time between two frames
    package init(_ tokens: [Int], frameCount: Int, frameInSeconds: Double, _ special: WhisperTokens) {
        func isTimestamp(_ token: Int) -> Bool { token >= special.firstTimestamp }
        func seconds(_ token: Int) -> Double { special.seconds(of: token) ?? 0 }
        endsInOneTimestamp =
            tokens.last.map(isTimestamp) == true && tokens.count >= 2 && !isTimestamp(tokens[tokens.count - 2])
        segments = []
        advance = frameCount

        // Where a segment ends and the next begins: two timestamps beside each other.
        var ends = tokens.indices.dropFirst().filter { isTimestamp(tokens[$0]) && isTimestamp(tokens[$0 - 1]) }
        guard !ends.isEmpty else {
            // One segment: to its last timestamp, or to the end of the window.
            let last = tokens.last(where: isTimestamp)
            let end = last.flatMap { $0 == special.firstTimestamp ? nil : seconds($0) }
            segments = [
                Segment(
                    startInSeconds: 0, endInSeconds: end ?? Double(frameCount) * frameInSeconds, tokens: tokens)
            ]
            return
        }
        if endsInOneTimestamp { ends.append(tokens.count) }
        var start = 0
        for end in ends {
            let part = Array(tokens[start..<end])
            segments.append(
                Segment(
                    startInSeconds: seconds(part.first!), endInSeconds: seconds(part.last!), tokens: part))
            start = end
        }
        // What is left is a segment whose end was not heard: the next window begins with it.
        if !endsInOneTimestamp {
            advance = (tokens[start - 1] - special.firstTimestamp) * Self.framesPerTimestamp
        }
    }
}
