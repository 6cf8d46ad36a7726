/// What a decoder is made of, beside the sizes of its layers.
public struct DecoderConfiguration: Codable, Sendable, Equatable {
    /// The kind of layer.
    public enum Layer: String, Codable, Sendable, CaseIterable {
        /// Self-attention, attention over the encoder output and a feed-forward network; Vaswani et al. 2017.
        case transformer
        /// A recurrent network, whose first layer has additive attention over the encoder output; Bahdanau et al. 2015.
        case lstm
    }

    public var layer = Layer.transformer
    public var positions = PositionKind.sinusoidal
    /// Rows of the table of learned positions, which limits how many tokens a text has, its start included.
    public var positionCount = 448
    /// Whether embeddings are multiplied by the square root of the model dimension; Vaswani et al. 2017, section 3.4.
    public var scalesEmbedding = true
    /// Whether the output projection adds a learned value for each token.
    public var hasOutputBias = true

    public init(
        layer: Layer = .transformer, positions: PositionKind = .sinusoidal, positionCount: Int = 448,
        scalesEmbedding: Bool = true, hasOutputBias: Bool = true
    ) {
        self.layer = layer
        self.positions = positions
        self.positionCount = positionCount
        self.scalesEmbedding = scalesEmbedding
        self.hasOutputBias = hasOutputBias
    }
}
