import ArgumentParser
import Recognition

/// How subtitles are cut, by the flags that openai/whisper has.
struct SubtitleArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most characters in a line of srt and vtt; 0: no limit.", valueName: "n"))
    var maxLineWidth = 42

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most lines that srt and vtt show at once; 0: no limit.", valueName: "n"))
    var maxLineCount = 2

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most words in a line of srt and vtt; 0: no limit.", valueName: "n"))
    var maxWordsPerLine = 0

    @Flag(help: "Underline each word in srt and vtt while it is said.")
    var highlightWords = false

    func validate() throws {
        for (name, value) in [
            ("--max-line-width", maxLineWidth), ("--max-line-count", maxLineCount),
            ("--max-words-per-line", maxWordsPerLine),
        ] where value < 0 {
            throw ValidationError("\(name) must be 0 or more.")
        }
    }

    /// The options of the library.
    var options: SubtitleOptions {
        var options = SubtitleOptions()
        options.maximumLineWidth = maxLineWidth == 0 ? nil : maxLineWidth
        options.maximumLineCount = maxLineCount == 0 ? nil : maxLineCount
        options.maximumWordsPerLine = maxWordsPerLine == 0 ? nil : maxWordsPerLine
        options.highlightsWords = highlightWords
        return options
    }
}
