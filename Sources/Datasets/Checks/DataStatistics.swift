/// How much there is of labelled data, and of what.
public struct DataStatistics: Codable, Sendable, Equatable {
    /// Utterances whose duration is from `fromSeconds` to below `toSeconds`; the last bar has no end.
    public struct Bar: Codable, Sendable, Equatable {
        public var fromSeconds: Double
        public var toSeconds: Double?
        public var count: Int
    }

    public struct CharacterCount: Codable, Sendable, Equatable {
        public var character: String
        public var count: Int
    }

    public var utteranceCount: Int
    public var hours: Double
    /// The speakers that are known.
    public var speakerCount: Int
    /// Utterances without a speaker.
    public var unknownSpeakerCount: Int
    public var shortestInSeconds: Double
    public var medianInSeconds: Double
    public var longestInSeconds: Double
    /// From 0 seconds on.
    public var lengths: [Bar]
    /// Words between spaces.
    public var wordCount: Int
    public var differentWordCount: Int
    public var differentSentenceCount: Int
    /// The most frequent first; a character is what a reader sees as one.
    public var characters: [CharacterCount]

    static let boundariesInSeconds: [Double] = [0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30]

    /// Counts a manifest; utterances whose duration is nil count as 0 seconds (`Manifest.measureDurations` fills them in).
    public init(_ manifest: Manifest) {
        let utterances = manifest.utterances
        let durations = utterances.map { $0.durationInSeconds ?? 0 }.sorted()
        utteranceCount = utterances.count
        hours = durations.reduce(0, +) / 3_600
        speakerCount = Set(utterances.compactMap(\.speaker)).count
        unknownSpeakerCount = utterances.count { $0.speaker == nil }
        shortestInSeconds = durations.first ?? 0
        medianInSeconds = durations.isEmpty ? 0 : durations[durations.count / 2]
        longestInSeconds = durations.last ?? 0
        let boundaries = Self.boundariesInSeconds
        lengths = boundaries.indices.map { index in
            let end = index + 1 < boundaries.count ? boundaries[index + 1] : nil
            let count = durations.count { $0 >= boundaries[index] && (end == nil || $0 < end!) }
            return Bar(fromSeconds: boundaries[index], toSeconds: end, count: count)
        }
        let words = utterances.flatMap { $0.text.split(separator: " ") }
        wordCount = words.count
        differentWordCount = Set(words).count
        differentSentenceCount = Set(utterances.map(\.text)).count
        var counts: [Character: Int] = [:]
        for utterance in utterances {
            for character in utterance.text { counts[character, default: 0] += 1 }
        }
        characters = counts.map { CharacterCount(character: String($0.key), count: $0.value) }
            .sorted { ($1.count, $0.character) < ($0.count, $1.character) }
    }
}
