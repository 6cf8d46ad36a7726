import Text

/// How a Whisper model is asked to transcribe; names and defaults as openai/whisper's `transcribe`.
public struct WhisperOptions: Sendable, Equatable {
    public var task = WhisperTask.transcribe
    /// What is spoken; nil: as the first 30 s sound.
    public var language: WhisperLanguage?
    /// Whether texts have timestamps, by which long recordings are cut where segments end.
    public var hasTimestamps = true
    /// Tried one after the other, until a text is neither a loop nor improbable. At 0 it is searched for, above it is drawn.
    public var temperatures: [Float] = [0, 0.2, 0.4, 0.6, 0.8, 1]
    /// Texts drawn at a temperature above 0, of which the most probable is taken.
    public var bestOf = 5
    /// Beam search waits for `patience * beamSize` complete texts.
    public var patience: Float = 1
    /// A text that zlib makes smaller by more than this factor is a loop: the next temperature is tried; nil: not looked at.
    public var compressionRatioThreshold: Double? = 2.4
    /// A text whose tokens have a lower mean log probability is not trusted: the next temperature is tried; nil: not looked at.
    public var logProbabilityThreshold: Double? = -1
    /// A window more probably without speech than this is silence, unless its text is trusted; nil: not looked at.
    public var noSpeechThreshold: Double? = 0.6
    /// Whether the model is shown the text before a window.
    public var conditionsOnPreviousText = true
    /// What the model is shown before the first window: names, say, or a style.
    public var initialPrompt = ""
    /// Whether it is shown the same before every window.
    public var carriesInitialPrompt = false
    /// Tokens that are never written; nil: symbols that stand for nothing that is said.
    public var suppressedTokens: [Int]?
    /// Whether the encoder hears only every fourth position of what fills a recording up to 30 s: the texts are nearly the same, and come sooner.
    public var thinsPadding = false
    /// A window begins to speak within this time; nil: at any.
    public var latestStartInSeconds: Double? = 1
    /// Whether words have times, and windows begin where the last word before them ended.
    public var hasWordTimes = false
    /// With word times, silence longer than this beside words that look made up is skipped; nil: none.
    public var hallucinationSilenceThreshold: Double?

    public init() {}
}
