import Files

/// Something that a look at labelled data found.
public struct DataFinding: Codable, Sendable, Equatable {
    public enum Severity: String, Codable, Sendable, CaseIterable {
        /// Cannot be learned from, or falsifies the score.
        case error
        /// Worth listening to.
        case warning
    }

    public enum Kind: String, Codable, Sendable, CaseIterable {
        case manifest
        case unreadable
        case silent
        case textTooLong
        case tooShortForModel
        case unknownCharacters
        case sharedRecording
        case repeatedRecording
        case contradictingText
        case clipped
        case quiet
        case noisy
        case cut
        case longSilence
        case tooLong
        case tooShort
        case fastForItsText
        case slowForItsText
        case oddCharacters
        case sharedSpeaker
        case sharedSentence
        case sampleRate
        case channels

        /// What it means, for a reader of the summary.
        public var explanation: String {
            switch self {
            case .manifest: "lines that cannot be read"
            case .unreadable: "audio that cannot be decoded"
            case .silent: "no sound above \(Int(ClipMeasurement.silenceLevel)) dB"
            case .textTooLong: "less than 20 ms per character"
            case .tooShortForModel: "fewer outputs of the model than its text needs"
            case .unknownCharacters: "characters that the model, or one trained on this data, cannot write"
            case .sharedRecording: "the same recording in train and dev"
            case .repeatedRecording: "the same recording more than once"
            case .contradictingText: "the same recording with another text"
            case .clipped: "samples at full scale"
            case .quiet: "very quiet"
            case .noisy: "speech hardly louder than its background"
            case .cut: "begins or ends within a sound"
            case .longSilence: "long silence before or after"
            case .tooLong: "very long"
            case .tooShort: "very short"
            case .fastForItsText: "little sound for the text: cut, or wrong text?"
            case .slowForItsText: "a lot of sound for the text: words missing in the text?"
            case .oddCharacters: "characters that do not belong in a text"
            case .sharedSpeaker: "speakers in both train and dev"
            case .sharedSentence: "sentences of dev that are in train too"
            case .sampleRate: "sample rates below 16 kHz"
            case .channels: "several channels in a file"
            }
        }
    }

    public var severity: Severity
    public var kind: Kind
    /// With the measured value.
    public var message: String
    /// How far beyond the limit, 1 just there: what the worst clips are sorted by.
    public var score: Double
    /// The utterance; nil when a whole set or a line of a manifest is meant.
    public var id: String?
    public var audioPath: String?
    /// `path:line`.
    public var source: String
    public var text: String?

    package init(
        _ severity: Severity, _ kind: Kind, _ message: String, score: Double = 1, utterance: Utterance? = nil,
        source: String? = nil
    ) {
        self.severity = severity
        self.kind = kind
        self.message = message
        self.score = score
        id = utterance?.id
        audioPath = utterance?.audioPath
        self.source = source ?? utterance?.source.description ?? ""
        text = utterance?.text
    }
}
