extension Transcription {
    /// A text that was found, and what each part of the search says of it.
    public struct ScoredText: Sendable, Equatable {
        /// What one scorer says.
        public struct Part: Sendable, Equatable {
            /// Such as `decoder`, `CTC output`, `language model`, `length`, `hotwords`.
            public var name: String
            /// In nats, not weighted.
            public var score: Double
            /// Its share of the score of the text.
            public var weight: Double

            package init(name: String, score: Double, weight: Double) {
                self.name = name
                self.score = score
                self.weight = weight
            }
        }

        public var text: String
        /// The weighted sum of the parts, in nats.
        public var score: Double
        public var parts: [Part]

        package init(text: String, score: Double, parts: [Part]) {
            self.text = text
            self.score = score
            self.parts = parts
        }
    }

    /// The best texts of a stretch that was searched as one: a segment, or a window of a Whisper model.
    public struct NBest: Sendable, Equatable {
        /// Seconds from the beginning of the recording.
        public var startInSeconds: Double
        public var endInSeconds: Double
        /// Best first.
        public var texts: [ScoredText]

        package init(startInSeconds: Double, endInSeconds: Double, texts: [ScoredText]) {
            self.startInSeconds = startInSeconds
            self.endInSeconds = endInSeconds
            self.texts = texts
        }
    }
}
