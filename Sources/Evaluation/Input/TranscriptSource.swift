/// Where references and hypotheses come from.
public struct TranscriptSource: Sendable {
    public var path: String
    public var format: TranscriptFormat
    /// The key or column of the text; nil for the usual ones.
    public var textKey: String?

    /// `format` nil: told by the file's name.
    public init(path: String, format: TranscriptFormat? = nil, textKey: String? = nil) {
        self.path = path
        self.format = format ?? TranscriptFormat(path: path)
        self.textKey = textKey
    }
}
