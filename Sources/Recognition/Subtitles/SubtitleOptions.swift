/// How subtitles are cut; the names are those of openai/whisper's flags, the defaults those of broadcasters.
public struct SubtitleOptions: Sendable, Equatable {
    /// The most characters of a line; nil: any number. A longer word has a line of its own.
    public var maximumLineWidth: Int? = 42
    /// The most lines of a cue; nil: any number.
    public var maximumLineCount: Int? = 2
    /// The most words of a line; nil: any number.
    public var maximumWordsPerLine: Int?
    /// Whether each word is underlined while it is said.
    public var highlightsWords = false

    public init() {}

    /// Whether segments are shown as they are.
    var isUnlimited: Bool { maximumLineWidth == nil && maximumLineCount == nil && maximumWordsPerLine == nil }
}
