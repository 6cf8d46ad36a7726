/// Two texts side by side: which reference word stands against which hypothesis word.
public struct Alignment: Sendable {
    /// One step: a word of each side, or of one side only.
    public struct Step: Hashable, Sendable {
        public var operation: EditOperation
        /// Nil in an insertion.
        public var reference: String?
        /// Nil in a deletion, and in a hit that is an optional word left out.
        public var hypothesis: String?
    }

    public var steps: [Step]
    public var counts: ErrorCounts

    /// Aligns two texts, word by word or character by character.
    public init(
        reference: String, hypothesis: String, unit: ScoringUnit = .words, weights: AlignmentWeights = .levenshtein
    ) {
        var scorer = PairScorer()
        self.init(reference: reference, hypothesis: hypothesis, unit: unit, weights: weights, scorer: &scorer)
    }

    /// An alignment that is known already.
    init(steps: [Step], counts: ErrorCounts) {
        self.steps = steps
        self.counts = counts
    }

    /// The same with a scorer that is used for many pairs.
    public init(
        reference: String, hypothesis: String, unit: ScoringUnit, weights: AlignmentWeights, scorer: inout PairScorer
    ) {
        counts = scorer.counts(
            reference: reference, hypothesis: hypothesis, unit: unit, weights: weights, recordsOperations: true)
        let referenceTokens = unit.tokens(of: reference)
        let hypothesisTokens = unit.tokens(of: hypothesis)
        steps = []
        var column = 0
        var row = 0
        for operation in scorer.operations {
            var step = Step(operation: operation)
            if operation != .insertion {
                step.reference = referenceTokens[column]
                column += 1
            }
            if operation != .deletion {
                step.hypothesis = hypothesisTokens[row]
                row += 1
            }
            steps.append(step)
        }
    }
}

extension ScoringUnit {
    /// The tokens that scoring compares.
    public func tokens(of text: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            var tokens: [String] = []
            switch self {
            case .words:
                Whitespace.forEachWord(in: bytes) { tokens.append(String(decoding: bytes[$0], as: UTF8.self)) }
            case .characters:
                let trimmed = String(decoding: Whitespace.trimmed(bytes), as: UTF8.self)
                tokens = trimmed.unicodeScalars.map { String($0) }
            }
            return tokens
        }
    }
}
