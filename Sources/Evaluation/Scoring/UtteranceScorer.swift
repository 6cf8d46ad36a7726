import Text

/// Scores one utterance after the other with the memory of one worker.
struct UtteranceScorer: ~Copyable {
    let options: ScoringOptions
    private var pairs = PairScorer()

    init(options: ScoringOptions) { self.options = options }

    /// Normalises, aligns words and characters, and counts.
    ///
    /// - Throws: `ScoringError` when the braces of a reference with alternatives do not fit together.
    mutating func score(_ record: ScoringRecord) throws(ScoringError) -> UtteranceScore {
        if record.hasAlternatives, let pattern = try pattern(of: record) {
            let hypothesis = options.normalizer.normalized(record.hypothesis)
            let aligned = try aligned(pattern, hypothesis, id: record.id)
            let reference = aligned.takenReference.joined(separator: characterSeparator)
            let spaced = hypothesisForCharacters(hypothesis)
            let characters = try counts(reference: reference, hypothesis: spaced, unit: .characters, id: record.id)
            return UtteranceScore(words: aligned.counts, characters: characters)
        }
        var reference = record.reference
        var hypothesis = record.hypothesis
        if options.normalizer != .none {
            reference = options.normalizer.normalized(reference)
            hypothesis = options.normalizer.normalized(hypothesis)
        }
        let characters = try counts(
            reference: reference, hypothesis: hypothesis, unit: .characters, id: record.id)
        if options.normalizer == .chinese {
            reference = options.normalizer.separatedIntoWords(reference)
            hypothesis = options.normalizer.separatedIntoWords(hypothesis)
        }
        let words = try counts(reference: reference, hypothesis: hypothesis, unit: .words, id: record.id)
        return UtteranceScore(words: words, characters: characters)
    }

    /// The words of both sides one against the other.
    mutating func alignment(_ record: ScoringRecord) throws(ScoringError) -> Alignment {
        if record.hasAlternatives, let pattern = try pattern(of: record) {
            let aligned = try aligned(pattern, options.normalizer.normalized(record.hypothesis), id: record.id)
            return Alignment(steps: aligned.steps, counts: aligned.counts)
        }
        return Alignment(
            reference: words(record.reference), hypothesis: words(record.hypothesis), unit: .words,
            weights: options.weights, scorer: &pairs)
    }

    private func words(_ text: String) -> String {
        options.normalizer.separatedIntoWords(options.normalizer.normalized(text))
    }

    private mutating func counts(
        reference: String, hypothesis: String, unit: ScoringUnit, id: String
    ) throws(ScoringError) -> ErrorCounts {
        do throws(PairTooLong) {
            return try pairs.boundedCounts(
                reference: reference, hypothesis: hypothesis, unit: unit, weights: options.weights)
        } catch {
            throw ScoringError(id: id, error, unit: unit.rawValue)
        }
    }

    private func aligned(
        _ pattern: ReferencePattern, _ hypothesis: String, id: String
    ) throws(ScoringError) -> PatternAlignment {
        let words = ScoringUnit.words.tokens(of: options.normalizer.separatedIntoWords(hypothesis))
        do throws(PairTooLong) {
            return try PatternAlignment(pattern, hypothesis: words, weights: options.weights)
        } catch {
            throw ScoringError(id: id, error, unit: "words (with all alternatives)")
        }
    }

    /// The pattern of a reference, or nil when it is plain text.
    private func pattern(of record: ScoringRecord) throws(ScoringError) -> ReferencePattern? {
        guard
            record.reference.utf8.contains(where: {
                $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "@")
            })
        else { return nil }
        do {
            return try ReferencePattern(record.reference, normalizer: options.normalizer)
        } catch {
            throw ScoringError(id: record.id, fault: error.description)
        }
    }

    /// Chinese characters stand side by side when characters are counted.
    private var characterSeparator: String { options.normalizer == .chinese ? "" : " " }

    private func hypothesisForCharacters(_ hypothesis: String) -> String {
        let words = ScoringUnit.words.tokens(of: options.normalizer.separatedIntoWords(hypothesis))
        return words.joined(separator: characterSeparator)
    }
}

/// An utterance that cannot be scored.
public struct ScoringError: Error, CustomStringConvertible, Sendable {
    /// The utterance.
    public var id: String
    public var fault: String

    public var description: String { "utterance '\(id)': \(fault)" }

    fileprivate init(id: String, _ pair: PairTooLong, unit: String) {
        self.init(
            id: id,
            fault: "\(pair.referenceCount) and \(pair.hypothesisCount) \(unit) that differ too much to be aligned; "
                + "cut reference and hypothesis into utterances")
    }

    init(id: String, fault: String) {
        self.id = id
        self.fault = fault
    }
}
