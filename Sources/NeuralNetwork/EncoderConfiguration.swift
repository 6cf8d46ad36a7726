/// What an encoder is made of, beside the sizes of its layers.
public struct EncoderConfiguration: Codable, Sendable, Equatable {
    /// The kind of layer.
    public enum Layer: String, Codable, Sendable, CaseIterable {
        /// Self-attention and a feed-forward network; Vaswani et al. 2017.
        case transformer
        /// Self-attention and a convolution between two feed-forward networks; Gulati et al. 2020.
        case conformer
        /// A recurrent network that reads in both directions; Chan et al. 2016.
        case lstm
    }

    public var layer = Layer.transformer
    public var positions = PositionKind.sinusoidal
    /// Rows of the table of learned positions, which limits how long an utterance is.
    public var positionCount = 1500
    /// Positions that the convolution of a Conformer layer spans; odd.
    public var convolutionWidth = 15
    /// The rate at which training leaves out the sublayers of the last layer; that of earlier layers falls linearly towards 0
    /// (stochastic depth, Huang et al. 2016).
    public var stochasticDepth: Float = 0
    /// LSTM layers, from the second one on, that read pairs of positions as one: each halves the number of positions.
    public var pyramidLayerCount = 0

    public init(
        layer: Layer = .transformer, positions: PositionKind = .sinusoidal, positionCount: Int = 1500,
        convolutionWidth: Int = 15, stochasticDepth: Float = 0, pyramidLayerCount: Int = 0
    ) {
        self.layer = layer
        self.positions = positions
        self.positionCount = positionCount
        self.convolutionWidth = convolutionWidth
        self.stochasticDepth = stochasticDepth
        self.pyramidLayerCount = pyramidLayerCount
    }
}
