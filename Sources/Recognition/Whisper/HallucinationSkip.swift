import Text

/// Where to go on when words beside a silence look made up; openai/whisper, `transcribe.py`, `hallucination_silence_threshold`.
///
/// `WhisperRecording` asks for it when it decides where the next window begins.
package struct HallucinationSkip {
    /// Silence longer than this counts, in seconds.
    let threshold: Double

    package init(threshold: Double) { self.threshold = threshold }

    /// What is said of a window.
    package struct Window {
        var startInSeconds: Double
        /// Without padding.
        var durationInSeconds: Double
        /// When speech ended before it.
        var lastSpeech: Double
        /// Of the whole recording.
        var recordingInSeconds: Double

        package init(
            startInSeconds: Double, durationInSeconds: Double, lastSpeech: Double, recordingInSeconds: Double
        ) {
            self.startInSeconds = startInSeconds
            self.durationInSeconds = durationInSeconds
            self.lastSpeech = lastSpeech
            self.recordingInSeconds = recordingInSeconds
        }
    }

    /// What to do with a window's segments.
    package struct Decision: Equatable {
        /// How many segments stay.
        var keptCount: Int
        /// Where the next window begins, in seconds; nil: where it would have begun.
        var nextWindow: Double?

        package init(keptCount: Int, nextWindow: Double?) {
            self.keptCount = keptCount
            self.nextWindow = nextWindow
        }
    }

    private static let windowInSeconds = 30.0
    private static let lookedAtCount = 8
    private static let marks =
        "\"'\u{201C}\u{BF}([{-\"'.\u{3002},\u{FF0C}!\u{FF01}?\u{FF1F}:\u{FF1A}\u{201D})]}\u{3001}"

    /// - Parameter segments: with words at times in the recording
    package func decision(_ segments: [WhisperWords.Segment], _ window: Window) -> Decision {
        let windowEnd = window.startInSeconds + Self.windowInSeconds
        // 1. Silence before the first words, if these look made up: the window is heard again from there.
        if let first = segments.first(where: { !$0.words.isEmpty }), isAnomalous(first) {
            let gap = first.startInSeconds - window.startInSeconds
            if gap > threshold { return Decision(keptCount: 0, nextWindow: window.startInSeconds + gap) }
        }
        // 2. Made-up words between silences, or between others that are made up: they go, and what follows is heard again.
        var lastEnd = window.lastSpeech
        for (index, segment) in segments.enumerated() where !segment.words.isEmpty {
            if isAnomalous(segment) {
                let next = segments[(index + 1)...].first { !$0.words.isEmpty }
                let nextStart = next?.words[0].startInSeconds ?? window.startInSeconds + window.durationInSeconds
                let isSilentBefore =
                    segment.startInSeconds - lastEnd > threshold || segment.startInSeconds < threshold
                    || segment.startInSeconds - window.startInSeconds < 2
                let isSilentAfter =
                    nextStart - segment.endInSeconds > threshold || next.map(isAnomalous) == true
                    || windowEnd - segment.endInSeconds < 2
                if isSilentBefore && isSilentAfter {
                    let isLast = window.recordingInSeconds - segment.endInSeconds < threshold
                    return Decision(
                        keptCount: index,
                        nextWindow: isLast
                            ? window.recordingInSeconds : max(window.startInSeconds + 1, segment.startInSeconds))
                }
            }
            lastEnd = segment.endInSeconds
        }
        return Decision(keptCount: segments.count, nextWindow: nil)
    }

    /// Whether a segment's first words are improbable, very short or very long.
    private func isAnomalous(_ segment: WhisperWords.Segment) -> Bool {
        let words = segment.words.filter { !Self.marks.contains($0.text) }.prefix(Self.lookedAtCount)
        guard !segment.words.isEmpty else { return false }
        let score = words.reduce(0.0) { $0 + anomaly($1) }
        return score >= 3 || score + 0.01 >= Double(words.count)
    }

    private func anomaly(_ word: TimedWord) -> Double {
        let duration = word.endInSeconds - word.startInSeconds
        return (word.probability < 0.15 ? 1 : 0) + max(0, 0.133 - duration) * 15 + max(0, duration - 2)
    }
}
