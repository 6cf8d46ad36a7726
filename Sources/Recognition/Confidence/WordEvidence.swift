import Models

/// What is known of a word that was recognised, besides its text.
public struct WordEvidence: Sendable, Equatable {
    /// Without spaces around it.
    public var text: String
    /// Its tokens in those of the text.
    package var tokens: Range<Int>
    /// Features that the model does not have are 0; empty where nobody asked for them (`TranscriptionOptions.keepsEvidence`).
    public var values: [ConfidenceFeature: Double]
    /// How probable it is that the word is right; nil for a model whose confidence is not fitted.
    public var confidence: Double?

    package init(text: String, tokens: Range<Int>, values: [ConfidenceFeature: Double], confidence: Double? = nil) {
        self.text = text
        self.tokens = tokens
        self.values = values
        self.confidence = confidence
    }
}

/// The confidence of some words together: the share of them that is expected to be right; nil where none is known.
func meanConfidence(_ words: [WordEvidence]) -> Double? {
    let known = words.compactMap(\.confidence)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
}
