/// Subtitles as text: SubRip (`srt`) or WebVTT (`vtt`); openai/whisper `utils.py`.
struct SubtitleText {
    enum Style {
        case srt
        case vtt
    }

    private let style: Style
    private let options: SubtitleOptions

    init(style: Style, _ options: SubtitleOptions) {
        self.style = style
        self.options = options
    }

    func content(_ transcription: Transcription) -> String {
        let cues = SubtitleCutter(options: options).cues(transcription).map(Self.escaped)
        let entries = options.highlightsWords ? cues.flatMap(highlighted) : cues.map(plain)
        let header = style == .vtt ? "WEBVTT\n\n" : ""
        return header
            + entries.enumerated().map { index, entry in
                (style == .srt ? "\(index + 1)\n" : "")
                    + "\(time(entry.start)) --> \(time(entry.end))\n\(entry.text)\n\n"
            }.joined()
    }

    private struct Entry {
        let start: Double
        let end: Double
        let text: String
    }

    private func plain(_ cue: SubtitleCue) -> Entry {
        Entry(start: cue.startInSeconds, end: cue.endInSeconds, text: cue.text)
    }

    /// The cue once for each of its words, which is underlined, and between them as it is.
    private func highlighted(_ cue: SubtitleCue) -> [Entry] {
        var entries: [Entry] = []
        var last = cue.startInSeconds
        for (number, line) in cue.lines.enumerated() {
            for (place, word) in line.enumerated() {
                if word.startInSeconds > last {
                    entries.append(Entry(start: last, end: word.startInSeconds, text: cue.text))
                }
                var marked = cue
                marked.lines[number][place].text = Self.underlined(word.text)
                entries.append(Entry(start: word.startInSeconds, end: word.endInSeconds, text: marked.text))
                last = word.endInSeconds
            }
        }
        return entries
    }

    private static func underlined(_ text: String) -> String {
        let space = text.prefix(while: \.isWhitespace)
        return "\(space)<u>\(text.dropFirst(space.count))</u>"
    }

    /// The arrow that separates times may not occur in a text.
    private static func escaped(_ cue: SubtitleCue) -> SubtitleCue {
        var result = cue
        for (number, line) in cue.lines.enumerated() {
            for (place, word) in line.enumerated() where word.text.contains("-->") {
                result.lines[number][place].text =
                    word.text.split(separator: "-->", omittingEmptySubsequences: false).joined(separator: "->")
            }
        }
        return result
    }

    private func time(_ seconds: Double) -> String {
        let total = milliseconds(seconds)
        let hour = total / 3_600_000
        let prefix = style == .srt || hour > 0 ? "\(padded(hour, 2)):" : ""
        let mark = style == .srt ? "," : "."
        return
            "\(prefix)\(padded(total / 60_000 % 60, 2)):\(padded(total / 1_000 % 60, 2))\(mark)\(padded(total % 1_000, 3))"
    }
}
