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
            let aligned = aligned(pattern, hypothesis)
            let reference = aligned.takenReference.joined(separator: characterSeparator)
            let spaced = hypothesisForCharacters(hypothesis)
            let characters = pairs.counts(
                reference: reference, hypothesis: spaced, unit: .characters, weights: options.weights)
            return UtteranceScore(words: aligned.counts, characters: characters)
        }
        var reference = record.reference
        var hypothesis = record.hypothesis
        if options.normalizer != .none {
            reference = options.normalizer.normalized(reference)
            hypothesis = options.normalizer.normalized(hypothesis)
        }
        let characters = pairs.counts(
            reference: reference, hypothesis: hypothesis, unit: .characters, weights: options.weights)
        if options.normalizer == .chinese {
            reference = options.normalizer.separatedIntoWords(reference)
            hypothesis = options.normalizer.separatedIntoWords(hypothesis)
        }
        let words = pairs.counts(reference: reference, hypothesis: hypothesis, unit: .words, weights: options.weights)
        return UtteranceScore(words: words, characters: characters)
    }

    /// The words of both sides one against the other.
    mutating func alignment(_ record: ScoringRecord) throws(ScoringError) -> Alignment {
        if record.hasAlternatives, let pattern = try pattern(of: record) {
            let aligned = aligned(pattern, options.normalizer.normalized(record.hypothesis))
            return Alignment(steps: aligned.steps, counts: aligned.counts)
        }
        return Alignment(
            reference: words(record.reference), hypothesis: words(record.hypothesis), unit: .words,
            weights: options.weights, scorer: &pairs)
    }

    private func words(_ text: String) -> String {
        options.normalizer.separatedIntoWords(options.normalizer.normalized(text))
    }

    private func aligned(_ pattern: ReferencePattern, _ hypothesis: String) -> PatternAlignment {
        let words = ScoringUnit.words.tokens(of: options.normalizer.separatedIntoWords(hypothesis))
        return PatternAlignment(pattern, hypothesis: words, weights: options.weights)
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
}
