/// What a look at labelled data found.
public struct DataCheckReport: Codable, Sendable {
    /// One of the sources that were checked.
    public struct Source: Codable, Sendable {
        public struct SampleRate: Codable, Sendable, Equatable {
            public var hertz: Int
            public var count: Int
        }
        public var path: String
        public var isDev: Bool
        /// Utterances, the lines that could not be read included.
        public var utteranceCount: Int
        /// Of the audio that could be decoded.
        public var hours: Double
        /// The most frequent first.
        public var sampleRates: [SampleRate]
        /// Clips whose channels are mixed.
        public var mixedCount: Int

        package init(path: String, isDev: Bool, utteranceCount: Int, measurements: [ClipMeasurement]) {
            self.path = path
            self.isDev = isDev
            self.utteranceCount = utteranceCount
            hours = measurements.map(\.durationInSeconds).reduce(0, +) / 3_600
            sampleRates = Dictionary(grouping: measurements, by: \.sampleRate)
                .map { SampleRate(hertz: $0.key, count: $0.value.count) }
                .sorted { ($1.count, $0.hertz) < ($0.count, $1.hertz) }
            mixedCount = measurements.count { $0.channelCount > 1 }
        }
    }

    public var sources: [Source] = []
    /// In the order of the sources; `worstFirst` sorts them.
    public var findings: [DataFinding] = []

    public var errorCount: Int { findings.count { $0.severity == .error } }
    public var warningCount: Int { findings.count { $0.severity == .warning } }

    /// How many findings there are of each kind, errors first, in the order of `DataFinding.Kind`.
    public var counts: [(severity: DataFinding.Severity, kind: DataFinding.Kind, count: Int)] {
        let groups = Dictionary(grouping: findings) { [$0.severity.rawValue, $0.kind.rawValue] }
        return DataFinding.Severity.allCases.flatMap { severity in
            DataFinding.Kind.allCases.compactMap { kind in
                groups[[severity.rawValue, kind.rawValue]].map { (severity, kind, $0.count) }
            }
        }
    }

    /// The findings of one clip, or of a line or set when no clip is meant, together.
    public struct Clip: Sendable {
        public var findings: [DataFinding]
        public var score: Double { findings.map { $0.score + ($0.severity == .error ? 1_000 : 0) }.reduce(0, +) }
    }

    /// Clips by how bad they are: errors before warnings, then by how far and how often the limits are passed.
    public var worstFirst: [Clip] {
        let groups = Dictionary(grouping: findings.enumerated()) { entry in
            // What belongs to no clip stands for itself.
            entry.element.id.map { "\($0)\u{0}\(entry.element.source)" } ?? "\u{0}\(entry.offset)"
        }
        return groups.values
            .sorted { $0[0].offset < $1[0].offset }
            .map { Clip(findings: $0.map(\.element)) }
            .enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            .map(\.element)
    }
}
