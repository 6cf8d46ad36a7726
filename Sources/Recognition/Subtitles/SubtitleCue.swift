/// What stands on the screen at one time.
struct SubtitleCue: Equatable {
    var lines: [[Transcription.Word]]

    var startInSeconds: Double { lines.first?.first?.startInSeconds ?? 0 }
    var endInSeconds: Double { lines.last?.last?.endInSeconds ?? 0 }

    /// The words of a line, its first one without the space before it.
    static func line(_ words: some Sequence<Transcription.Word>) -> String {
        String(words.map(\.text).joined().drop(while: \.isWhitespace))
    }

    var text: String { lines.map(Self.line).joined(separator: "\n") }
}

extension Transcription {
    /// The words of a segment: with their own times, or with times in proportion to the characters before them where it has none.
    func timedWords(_ segment: Segment) -> [Word] {
        if let words = segment.words { return words }
        let texts =
            hasSpaces
            ? segment.text.split(separator: " ").enumerated().map { $0 == 0 ? String($1) : " \($1)" }
            : segment.text.map { String($0) }
        let perCharacter = (segment.endInSeconds - segment.startInSeconds) / Double(max(1, segment.text.count))
        var start = segment.startInSeconds
        return texts.map { text in
            let end = min(segment.endInSeconds, start + perCharacter * Double(text.count))
            defer { start = end }
            return Word(text: text, startInSeconds: start, endInSeconds: end, probability: 1)
        }
    }
}
