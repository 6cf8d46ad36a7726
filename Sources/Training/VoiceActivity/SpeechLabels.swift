import Audio
import Glibc

/// In which frames of 10 ms of a clean recording somebody speaks, by its energy.
///
/// A frame is speech where its level reaches 0.3 of the way from the quietest to the loudest twentieth of the frames, and is at most 35 dB
/// below the loudest; pauses of up to 0.2 s between such frames are speech too (closures of stops, soft consonants), sounds under 0.06 s
/// are not.
package struct SpeechLabels: Sendable, Equatable {
    /// [frame]
    package let isSpeech: [Bool]

    package static let frameLength = 160  // samples at 16 kHz
    private static let (before, after) = (120, 280)  // samples of the 25 ms around a frame
    private static let share: Float = 0.3
    private static let range: Float = 35  // dB
    private static let longestPause = 20  // frames
    private static let shortestSpeech = 6  // frames

    /// - Parameter samples: at 16 kHz
    package init(_ samples: [Float]) {
        let levels = stride(from: 0, to: samples.count, by: Self.frameLength).map { start in
            let window = samples[max(0, start - Self.before)..<min(samples.count, start + Self.after)]
            let power = window.reduce(Float(0)) { $0 + $1 * $1 } / Float(window.count)
            return 10 * log10f(max(power, 1e-10))
        }
        let sorted = levels.sorted()
        guard let loudest = sorted.last, loudest > -100 else {
            isSpeech = levels.map { _ in false }
            return
        }
        let (low, high) = (sorted[sorted.count / 20], sorted[sorted.count - 1 - sorted.count / 20])
        let threshold = max(low + Self.share * (high - low), high - Self.range)
        var marks = levels.map { $0 >= threshold }
        Self.turn(&marks, runsOf: true, shorterThan: Self.shortestSpeech)
        Self.turn(&marks, runsOf: false, shorterThan: Self.longestPause + 1)
        isSpeech = marks
    }

    /// Turns runs of a value into the other one where they are short and not at an end.
    private static func turn(_ marks: inout [Bool], runsOf value: Bool, shorterThan count: Int) {
        var start = 0
        while start < marks.count {
            var end = start
            while end < marks.count, marks[end] == marks[start] { end += 1 }
            let isInside = start > 0 && end < marks.count
            if marks[start] == value, end - start < count, isInside || value {
                for index in start..<end { marks[index] = !value }
            }
            start = end
        }
    }
}
