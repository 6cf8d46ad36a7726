/// What a text is cut into before it is aligned.
public enum ScoringUnit: String, CaseIterable, Codable, Sendable {
    /// Words between spaces, as jiwer's `wer` splits.
    case words
    /// Unicode scalars, spaces included, without white space at the ends, as jiwer's `cer` splits.
    case characters
}

/// Cuts two texts into tokens and aligns them: one worker's memory, reused for every pair.
public struct PairScorer: ~Copyable {
    private var words = TokenTable()
    private var characters = CharacterTable()
    private var referenceTokens = ScratchBuffer<Int32>()
    private var hypothesisTokens = ScratchBuffer<Int32>()
    private var distance = EditDistance()

    public init() {}

    /// The errors of `hypothesis` against `reference`, both UTF-8.
    private mutating func counts(
        reference: UnsafeBufferPointer<UInt8>, hypothesis: UnsafeBufferPointer<UInt8>, unit: ScoringUnit,
        weights: AlignmentWeights, recordsOperations: Bool, cellLimit: Int
    ) throws(PairTooLong) -> ErrorCounts {
        referenceTokens.removeAll()
        hypothesisTokens.removeAll()
        let tokenCount: Int
        switch unit {
        case .words:
            words.removeAll()
            referenceTokens.reserve(reference.count)
            hypothesisTokens.reserve(hypothesis.count)
            Whitespace.forEachWord(in: reference) { referenceTokens.append(words.number(of: $0, in: reference)) }
            Whitespace.forEachWord(in: hypothesis) { hypothesisTokens.append(words.number(of: $0, in: hypothesis)) }
            tokenCount = words.count
        case .characters:
            characters.removeAll()
            characters.append(Whitespace.trimmed(reference), to: &referenceTokens)
            characters.append(Whitespace.trimmed(hypothesis), to: &hypothesisTokens)
            tokenCount = characters.count
        }
        return try distance.align(
            reference: referenceTokens.elements, hypothesis: hypothesisTokens.elements, tokenCount: tokenCount,
            weights: weights, recordsOperations: recordsOperations, cellLimit: cellLimit)
    }

    /// The errors of `hypothesis` against `reference`, however long that takes.
    public mutating func counts(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights = .levenshtein,
        recordsOperations: Bool = false
    ) -> ErrorCounts {
        do {
            return try counts(
                reference: reference, hypothesis: hypothesis, unit: unit, weights: weights,
                recordsOperations: recordsOperations, cellLimit: .max)
        } catch {
            preconditionFailure("PairScorer: \(error) without a limit")
        }
    }

    /// The same, for texts of unknown length: nothing that takes more than a few seconds is begun.
    ///
    /// - Throws: `PairTooLong` when the texts are too long, and too different, for that.
    mutating func boundedCounts(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights
    ) throws(PairTooLong) -> ErrorCounts {
        try counts(
            reference: reference, hypothesis: hypothesis, unit: unit, weights: weights, recordsOperations: false,
            cellLimit: weights.cellLimit)
    }

    private mutating func counts(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights, recordsOperations: Bool,
        cellLimit: Int
    ) throws(PairTooLong) -> ErrorCounts {
        var reference = reference
        var hypothesis = hypothesis
        let result: Result<ErrorCounts, PairTooLong> = reference.withUTF8 { referenceBytes in
            hypothesis.withUTF8 { hypothesisBytes in
                do throws(PairTooLong) {
                    return .success(
                        try counts(
                            reference: referenceBytes, hypothesis: hypothesisBytes, unit: unit, weights: weights,
                            recordsOperations: recordsOperations, cellLimit: cellLimit))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// The steps of the latest pair's alignment, first step first; empty unless it was asked to record them.
    public var operations: [EditOperation] { distance.operations }
}
