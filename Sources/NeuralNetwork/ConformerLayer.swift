import Autograd

/// One layer of a Conformer: half a feed-forward network, self-attention, convolution, the other half, each inside a
/// residual connection, and a last normalisation; Gulati et al. 2020, section 2.4.
public struct ConformerLayer: EncoderBlock {
    public let firstFeedForward: FeedForward
    public let selfAttention: SelfAttention
    public let convolution: ConvolutionModule
    public let secondFeedForward: FeedForward
    let firstFeedForwardResidual: ResidualConnection
    let attentionResidual: ResidualConnection
    let convolutionResidual: ResidualConnection
    let secondFeedForwardResidual: ResidualConnection
    let finalNorm: LayerNorm

    /// - Parameters:
    ///   - convolutionWidth: positions that the convolution spans, odd
    ///   - skipRate: the rate at which training leaves out a sublayer
    public init(
        _ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration, convolutionWidth: Int = 15,
        skipRate: Float = 0
    ) {
        func residual(_ sublayer: String, scale: Float = 1) -> ResidualConnection {
            ResidualConnection(store, "\(name).\(sublayer)_norm", configuration, scale: scale, skipRate: skipRate)
        }
        let model = configuration.modelDimension
        firstFeedForward = FeedForward(store, "\(name).first_feed_forward", configuration)
        firstFeedForwardResidual = residual("first_feed_forward", scale: 0.5)
        selfAttention = SelfAttention(store, "\(name).self_attention", configuration)
        attentionResidual = residual("self_attention")
        convolution = ConvolutionModule(store, "\(name).convolution", modelDimension: model, width: convolutionWidth)
        convolutionResidual = residual("convolution")
        secondFeedForward = FeedForward(store, "\(name).second_feed_forward", configuration)
        secondFeedForwardResidual = residual("second_feed_forward", scale: 0.5)
        finalNorm = LayerNorm(store, "\(name).final_norm", featureCount: model)
    }

    /// [batch, time, model] float32 -> the same
    public func callAsFunction(
        _ input: Variable, lengths: [Int], rotation: Rotation?, keyWeights: KeyWeights? = nil
    ) -> Variable {
        var x = input
        x = firstFeedForwardResidual(x) { firstFeedForward($0) }
        x = attentionResidual(x) {
            selfAttention($0, mask: .padding(lengths: lengths, keyWeights: keyWeights), rotation: rotation)
        }
        x = convolutionResidual(x) { convolution($0, lengths: lengths) }
        x = secondFeedForwardResidual(x) { secondFeedForward($0) }
        return finalNorm(x, outputType: .float32)
    }
}
