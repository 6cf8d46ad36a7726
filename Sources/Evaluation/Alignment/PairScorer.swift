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
    private var referenceTokens: [Int32] = []
    private var hypothesisTokens: [Int32] = []
    private var distance = EditDistance()

    public init() {}

    /// The errors of `hypothesis` against `reference`, both UTF-8.
    public mutating func counts(
        reference: UnsafeBufferPointer<UInt8>, hypothesis: UnsafeBufferPointer<UInt8>, unit: ScoringUnit,
        weights: AlignmentWeights = .levenshtein
    ) -> ErrorCounts {
        referenceTokens.removeAll(keepingCapacity: true)
        hypothesisTokens.removeAll(keepingCapacity: true)
        let tokenCount: Int
        switch unit {
        case .words:
            words.removeAll()
            Whitespace.forEachWord(in: reference) { referenceTokens.append(words.number(of: $0, in: reference)) }
            Whitespace.forEachWord(in: hypothesis) { hypothesisTokens.append(words.number(of: $0, in: hypothesis)) }
            tokenCount = words.count
        case .characters:
            characters.removeAll()
            characters.append(Whitespace.trimmed(reference), to: &referenceTokens)
            characters.append(Whitespace.trimmed(hypothesis), to: &hypothesisTokens)
            tokenCount = characters.count
        }
        return referenceTokens.withUnsafeBufferPointer { reference in
            hypothesisTokens.withUnsafeBufferPointer { hypothesis in
                distance.align(reference: reference, hypothesis: hypothesis, tokenCount: tokenCount, weights: weights)
            }
        }
    }

    /// The errors of `hypothesis` against `reference`.
    public mutating func counts(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights = .levenshtein
    ) -> ErrorCounts {
        var reference = reference
        var hypothesis = hypothesis
        return reference.withUTF8 { referenceBytes in
            hypothesis.withUTF8 { hypothesisBytes in
                counts(reference: referenceBytes, hypothesis: hypothesisBytes, unit: unit, weights: weights)
            }
        }
    }

    /// The steps of the latest pair's alignment, first step first.
    public var operations: [EditOperation] { distance.operations }
}
