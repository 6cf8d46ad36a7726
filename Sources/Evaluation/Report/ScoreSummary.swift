import Text

/// The figures of a scored corpus as they are written to JSON; docs/scoring.md has the schema.
///
/// Rates are fractions.
public struct ScoreSummary: Sendable, Encodable {
    public struct Characters: Sendable, Encodable {
        public var hits: Int
        public var substitutions: Int
        public var deletions: Int
        public var insertions: Int
        public var referenceCharacters: Int
        public var hypothesisCharacters: Int
    }

    public struct Normalizer: Sendable, Encodable {
        public var name: String
        public var version: Int
        public var hash: String
    }

    public struct Interval: Sendable, Encodable {
        public var low: Double
        public var high: Double
        public var level: Double
        public var resamples: Int
        public var seed: UInt64
    }

    public struct Group: Sendable, Encodable {
        public var name: String
        public var utterances: Int
        public var wer: Double
        public var cer: Double
        public var ser: Double
        public var substitutions: Int
        public var deletions: Int
        public var insertions: Int
        public var referenceWords: Int
    }

    public struct Frequent: Sendable, Encodable {
        public var substitutions: [FrequentErrors.Entry]
        public var insertions: [FrequentErrors.Entry]
        public var deletions: [FrequentErrors.Entry]
        public var wrongWords: [FrequentErrors.WrongWord]
    }

    public struct Comparison: Sendable, Encodable {
        /// The error rate of the second system.
        public var wer: Double
        public var cer: Double
        /// Second minus first.
        public var difference: Double
        public var differenceInterval: Bootstrap.Interval?
        public var probabilityOfImprovement: Double?
        public var bootstrapPValue: Double?
        public var matchedPairs: MatchedPairsTest
        public var firstBetterUtterances: Int
        public var secondBetterUtterances: Int
    }

    public var schema = "asr-score/1"
    public var wer: Double
    public var cer: Double
    public var mer: Double
    public var wil: Double
    public var wip: Double
    public var ser: Double
    public var hits: Int
    public var substitutions: Int
    public var deletions: Int
    public var insertions: Int
    public var referenceWords: Int
    public var hypothesisWords: Int
    public var characters: Characters
    public var utterances: Int
    public var wrongUtterances: Int
    public var werInterval: Interval?
    public var normalizer: Normalizer
    public var alignmentWeights: AlignmentWeights
    /// By grouping: `speaker`, `length`, `snr`.
    public var groups: [String: [Group]]?
    public var frequentErrors: Frequent?
    public var comparison: Comparison?

    /// What to compute beyond the sums.
    public struct Details: Sendable {
        /// Bootstrap resamples; 0 for no interval.
        public var resampleCount: Int
        public var seed: UInt64
        public var groupings: [Grouping]
        /// How many of the most frequent errors of each kind; 0 for none.
        public var frequentErrorCount: Int

        public init(
            resampleCount: Int = 1000, seed: UInt64 = 1, groupings: [Grouping] = [], frequentErrorCount: Int = 0
        ) {
            self.resampleCount = resampleCount
            self.seed = seed
            self.groupings = groupings
            self.frequentErrorCount = frequentErrorCount
        }
    }

    /// - Parameter other: a second system on the same utterances.
    public init(_ score: CorpusScore, details: Details = Details(), comparedWith other: CorpusScore? = nil) throws {
        let words = score.words
        wer = words.errorRate
        cer = score.characters.errorRate
        mer = words.matchErrorRate
        wil = words.informationLost
        wip = words.informationPreserved
        ser = score.sentenceErrorRate
        hits = words.hits
        substitutions = words.substitutions
        deletions = words.deletions
        insertions = words.insertions
        referenceWords = words.referenceCount
        hypothesisWords = words.hypothesisCount
        characters = Characters(
            hits: score.characters.hits, substitutions: score.characters.substitutions,
            deletions: score.characters.deletions, insertions: score.characters.insertions,
            referenceCharacters: score.characters.referenceCount,
            hypothesisCharacters: score.characters.hypothesisCount)
        utterances = score.records.count
        wrongUtterances = score.wrongUtteranceCount
        normalizer = Normalizer(
            name: score.options.normalizer.rawValue, version: score.options.normalizer.version,
            hash: score.options.normalizer.hash)
        alignmentWeights = score.options.weights
        if let interval = Bootstrap.interval(
            score.utterances.map(\.words), resampleCount: details.resampleCount, seed: details.seed)
        {
            werInterval = Interval(
                low: interval.low, high: interval.high, level: 0.95, resamples: details.resampleCount,
                seed: details.seed)
        }
        if !details.groupings.isEmpty {
            groups = [:]
            for grouping in details.groupings {
                groups![grouping.rawValue] = score.groups(by: grouping).map(Group.init)
            }
        }
        if details.frequentErrorCount > 0 {
            let frequent = try FrequentErrors(score, limit: details.frequentErrorCount)
            frequentErrors = Frequent(
                substitutions: frequent.substitutions, insertions: frequent.insertions,
                deletions: frequent.deletions, wrongWords: frequent.wrongWords)
        }
        if let other {
            let compared = try SystemComparison(
                score, other, resampleCount: details.resampleCount, seed: details.seed)
            comparison = Comparison(
                wer: other.words.errorRate, cer: other.characters.errorRate,
                difference: other.words.errorRate - score.words.errorRate,
                differenceInterval: compared.bootstrap?.interval,
                probabilityOfImprovement: compared.bootstrap?.probabilityOfImprovement,
                bootstrapPValue: compared.bootstrap?.pValue, matchedPairs: compared.matchedPairs,
                firstBetterUtterances: compared.firstBetterCount, secondBetterUtterances: compared.secondBetterCount)
        }
    }
}

extension ScoreSummary.Group {
    init(_ group: ErrorGroup) {
        name = group.name
        utterances = group.utteranceCount
        wer = group.words.errorRate
        cer = group.characters.errorRate
        ser = group.utteranceCount == 0 ? 0 : Double(group.wrongUtteranceCount) / Double(group.utteranceCount)
        substitutions = group.words.substitutions
        deletions = group.words.deletions
        insertions = group.words.insertions
        referenceWords = group.words.referenceCount
    }
}
