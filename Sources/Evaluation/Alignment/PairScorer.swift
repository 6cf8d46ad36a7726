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
    public mutating func counts(
        reference: UnsafeBufferPointer<UInt8>, hypothesis: UnsafeBufferPointer<UInt8>, unit: ScoringUnit,
        weights: AlignmentWeights = .levenshtein, recordsOperations: Bool = false
    ) -> ErrorCounts {
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
        return distance.align(
            reference: referenceTokens.elements, hypothesis: hypothesisTokens.elements, tokenCount: tokenCount,
            weights: weights, recordsOperations: recordsOperations)
    }

    /// The errors of `hypothesis` against `reference`.
    public mutating func counts(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights = .levenshtein,
        recordsOperations: Bool = false
    ) -> ErrorCounts {
        var reference = reference
        var hypothesis = hypothesis
        return reference.withUTF8 { referenceBytes in
            hypothesis.withUTF8 { hypothesisBytes in
                counts(
                    reference: referenceBytes, hypothesis: hypothesisBytes, unit: unit, weights: weights,
                    recordsOperations: recordsOperations)
            }
        }
    }

    /// The steps of the latest pair's alignment, first step first; empty unless it was asked to record them.
    public var operations: [EditOperation] { distance.operations }
}
