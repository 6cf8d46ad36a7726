import Glibc
import Text

/// What was said in a recording.
public struct Transcription: Sendable, Equatable {
    /// A word and when it was said.
    public struct Word: Sendable, Equatable {
        /// With the space before it, and the marks beside it.
        public var text: String
        /// Seconds from the beginning of the recording.
        public var startInSeconds: Double
        public var endInSeconds: Double
        /// What the model says: of its tokens by the decoder of a Whisper model, by the CTC output of others.
        public var probability: Double
        /// How probable it is that the word is right; nil for a model whose confidence is not fitted.
        public var confidence: Double?

        public init(
            text: String, startInSeconds: Double, endInSeconds: Double, probability: Double, confidence: Double? = nil
        ) {
            self.confidence = confidence
            self.text = text
            self.startInSeconds = startInSeconds
            self.endInSeconds = endInSeconds
            self.probability = probability
        }

        /// The word with times inside these.
        func clamped(to range: ClosedRange<Double>) -> Word {
            var word = self
            word.startInSeconds = min(max(startInSeconds, range.lowerBound), range.upperBound)
            word.endInSeconds = min(max(endInSeconds, range.lowerBound), range.upperBound)
            return word
        }
    }

    /// A stretch of the recording that was recognised as one.
    public struct Segment: Sendable, Equatable {
        /// Seconds from the beginning of the recording.
        public var startInSeconds: Double
        public var endInSeconds: Double
        public var text: String
        public var tokens: [Int]
        /// The mean log probability of a token, in nats.
        public var averageLogProbability: Double
        /// At which a Whisper model wrote it; nil for other models.
        public var temperature: Double?
        /// By how much zlib makes the text of its window smaller; nil for models other than Whisper.
        public var compressionRatio: Double?
        /// How probable a Whisper model found it that nothing is said in its window; nil for other models.
        public var noSpeechProbability: Double?
        /// Nil: words have no times.
        public var words: [Word]?
        /// What is known of each word.
        public var evidence: [WordEvidence]
        /// The share of its words that is expected to be right; nil for a model whose confidence is not fitted.
        public var confidence: Double? { meanConfidence(evidence) }

        public init(
            startInSeconds: Double, endInSeconds: Double, text: String, tokens: [Int], averageLogProbability: Double,
            temperature: Double? = nil, compressionRatio: Double? = nil, noSpeechProbability: Double? = nil,
            words: [Word]? = nil, evidence: [WordEvidence] = []
        ) {
            self.words = words
            self.evidence = evidence
            self.temperature = temperature
            self.compressionRatio = compressionRatio
            self.noSpeechProbability = noSpeechProbability
            self.startInSeconds = startInSeconds
            self.endInSeconds = endInSeconds
            self.text = text
            self.tokens = tokens
            self.averageLogProbability = averageLogProbability
        }
    }

    /// How far a recording is transcribed, told while it is.
    public struct Progress: Sendable {
        /// The recording's place among all that are transcribed.
        public let source: Int
        /// What was found since the last time.
        public let segments: [Segment]
        /// Where what has been heard ends, in seconds.
        public let endInSeconds: Double
    }

    /// Segments with text, in order.
    public var segments: [Segment]
    /// How many segments were recognised, those without text included.
    public var segmentCount: Int
    public var durationInSeconds: Double
    /// ISO 639-1; empty if unknown.
    public var language: String
    /// What the reader should know: no speech found, text cut off.
    public var warnings: [String]
    /// What became of each second.
    public var coverage: Coverage
    /// The best texts of each stretch, as far as they are asked for.
    public var nBest: [NBest]

    public init(
        segments: [Segment] = [], segmentCount: Int? = nil, durationInSeconds: Double = 0, language: String = "",
        warnings: [String] = [], coverage: Coverage = Coverage(), nBest: [NBest] = []
    ) {
        self.nBest = nBest
        self.coverage = coverage
        self.segments = segments
        self.segmentCount = segmentCount ?? segments.count
        self.durationInSeconds = durationInSeconds
        self.language = language
        self.warnings = warnings
    }

    /// The texts of all segments.
    public var text: String {
        segments.map(\.text).joined(separator: hasSpaces ? " " : "")
    }

    /// The geometric mean of the probabilities of all tokens; nil where there is no text.
    public var probability: Double? {
        let count = segments.reduce(0) { $0 + $1.tokens.count }
        guard count > 0 else { return nil }
        return exp(segments.reduce(0) { $0 + $1.averageLogProbability * Double($1.tokens.count) } / Double(count))
    }

    /// Whether words have spaces between them in this language.
    package var hasSpaces: Bool { WhisperLanguage.hasSpaces(language) }
}
