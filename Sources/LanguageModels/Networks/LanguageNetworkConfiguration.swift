/// The sizes of a network that predicts the next token of a text.
public struct LanguageNetworkConfiguration: Codable, Sendable, Equatable {
    /// What predicts the next token.
    public var kind: LanguageModelDescription.Kind
    /// Layers of the network.
    public var layers = 1
    /// Units of an LSTM layer, or features of the residual stream of a Transformer; also of the embeddings.
    public var dimension = 1_024
    /// Attention heads of a Transformer.
    public var heads = 6
    /// Features inside the feed-forward network of a Transformer; 0: four times `dimension`.
    public var feedForward = 0
    /// The rate of dropout: between the layers of an LSTM and behind the last one, or everywhere in a Transformer.
    public var dropout: Float = 0

    /// The usual sizes of a kind.
    public init(_ kind: LanguageModelDescription.Kind) {
        self.kind = kind
        if kind == .transformer { (layers, dimension) = (6, 384) }
    }

    /// - Throws: `LanguageModelError` for sizes that cannot work.
    public func validate() throws(LanguageModelError) {
        guard kind != .ngram else { throw LanguageModelError("lm.kind is ngram, which is no network") }
        for (name, value, range) in [
            ("layers", layers, 1...64), ("dimension", dimension, 1...8_192), ("heads", heads, 1...64),
            ("feedForward", feedForward, 0...65_536),
        ] where !range.contains(value) {
            throw LanguageModelError(
                "lm.\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
        }
        guard dropout >= 0, dropout < 1 else {
            throw LanguageModelError("lm.dropout is \(dropout); it must be at least 0 and below 1")
        }
        if kind == .transformer, dimension % heads != 0 {
            throw LanguageModelError("lm.dimension is \(dimension), which is no multiple of lm.heads, \(heads)")
        }
    }
}
