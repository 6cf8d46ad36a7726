/// One utterance to be scored: what was said, what was recognised, and what else is known.
public struct ScoringRecord: Sendable {
    public var id: String
    public var reference: String
    public var hypothesis: String
    public var speaker: String?
    public var durationInSeconds: Double?
    public var audioPath: String?
    /// In dB.
    public var signalToNoiseRatio: Double?
    /// Whether `{ a / b }` and `(x)` in the reference are alternatives and optional words.
    public var hasAlternatives: Bool

    public init(
        id: String, reference: String, hypothesis: String, speaker: String? = nil, durationInSeconds: Double? = nil,
        audioPath: String? = nil, signalToNoiseRatio: Double? = nil, hasAlternatives: Bool = false
    ) {
        self.id = id
        self.reference = reference
        self.hypothesis = hypothesis
        self.speaker = speaker
        self.durationInSeconds = durationInSeconds
        self.audioPath = audioPath
        self.signalToNoiseRatio = signalToNoiseRatio
        self.hasAlternatives = hasAlternatives
    }
}
