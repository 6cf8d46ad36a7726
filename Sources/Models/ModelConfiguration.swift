import Audio
import NeuralNetwork
import Text

/// Which statistics bring features to mean 0 and variance 1.
public enum FeatureNormalizationKind: String, Codable, Sendable, CaseIterable {
    case none
    /// Of the utterance itself.
    case perUtterance
    /// Of the training data.
    case global
}

/// Everything that decides the shape of a model and what it is fed: what a user may choose before training.
///
/// A new setting is a property with a default, which must be what the network did before: a model folder that was written
/// without it gets that default.
public struct ModelConfiguration: Codable, Sendable, Equatable {
    /// Which spectrogram the model sees.
    public var frontend = FrontendConfiguration()
    public var featureNormalization = FeatureNormalizationKind.global
    /// Steps of the convolutions before the encoder; their product is the number of frames of one encoder position.
    public var subsamplingStrides = [2, 2]
    public var encoderLayerCount = 6
    public var encoder = EncoderConfiguration()
    public var decoderLayerCount = 3
    public var decoder = DecoderConfiguration()
    public var transformer = TransformerConfiguration()
    /// Whether the output projection of the decoder is its embedding.
    public var tiesEmbedding = true
    /// Whether the encoder has a CTC output, which training learns beside the decoder and a search may use.
    public var hasCTCOutput = true
    /// How labels become what the model writes.
    public var labelNormalizer = LabelNormalizer.words
    /// The language of the labels (ISO 639-1), for outputs that name it; empty if unknown.
    public var language = ""

    public init() {}

    /// The longest utterance in frames of the spectrogram that the encoder has positions for; nil: any.
    public var longestFrameCount: Int? {
        encoder.layer != .lstm && encoder.positions == .learned ? encoder.positionCount * subsamplingFactor : nil
    }

    /// The most tokens that the decoder has positions for, those of the start included; nil: any.
    public var longestTokenCount: Int? {
        decoder.layer != .lstm && decoder.positions == .learned ? decoder.positionCount : nil
    }

    /// Frames of one encoder position.
    public var subsamplingFactor: Int {
        subsamplingStrides.reduce(1, *) << (encoder.layer == .lstm ? encoder.pyramidLayerCount : 0)
    }

    /// Layers of the decoder that attend to the encoder output: all of a Transformer, the first one of an LSTM.
    public var attendingLayerCount: Int { decoder.layer == .lstm ? 1 : decoderLayerCount }

    /// Whether encoder or decoder have multi-head attention.
    public var hasAttentionHeads: Bool { encoder.layer != .lstm || decoder.layer != .lstm }

    /// Attention heads of such a layer.
    public var decoderHeadCount: Int { decoder.layer == .lstm ? 1 : transformer.headCount }

    private static let largestLayerCount = 256
    private static let largestSubsamplingFactor = 512  // 5 s
    private static let largestPyramidLayerCount = 8
    private static let largestPositionCount = 1 << 20

    /// Refuses sizes that cannot work.
    public func validate() throws(ModelError) {
        for (name, value) in [("encoderLayerCount", encoderLayerCount), ("decoderLayerCount", decoderLayerCount)]
        where value < 1 || value > Self.largestLayerCount {
            throw ModelError("\(name) is \(value); it must be from 1 to \(Self.largestLayerCount)")
        }
        let sizes = [
            ("transformer.modelDimension", transformer.modelDimension),
            ("transformer.headCount", transformer.headCount),
            ("transformer.feedForwardDimension", transformer.feedForwardDimension),
        ]
        for (name, value) in sizes where value < 1 || value > 65_536 {
            throw ModelError("\(name) is \(value); it must be from 1 to 65536")
        }
        guard !hasAttentionHeads || transformer.modelDimension % transformer.headCount == 0 else {
            throw ModelError(
                "transformer.modelDimension \(transformer.modelDimension) is not a multiple of transformer.headCount "
                    + "\(transformer.headCount)")
        }
        guard (0...4_096).contains(transformer.adapterRank) else {
            throw ModelError("transformer.adapterRank is \(transformer.adapterRank); it must be from 0 to 4096")
        }
        guard transformer.dropout >= 0, transformer.dropout < 1 else {
            throw ModelError("transformer.dropout is \(transformer.dropout); it must be at least 0 and below 1")
        }
        guard encoder.convolutionWidth % 2 == 1, (1...1_001).contains(encoder.convolutionWidth) else {
            throw ModelError("encoder.convolutionWidth is \(encoder.convolutionWidth); it must be odd and at most 1001")
        }
        guard encoder.stochasticDepth >= 0, encoder.stochasticDepth < 1 else {
            throw ModelError("encoder.stochasticDepth is \(encoder.stochasticDepth); it must be at least 0 and below 1")
        }
        try validatePositions()
        try validateRecurrence()
        guard (1...8).contains(subsamplingStrides.count), subsamplingStrides.allSatisfy({ (1...8).contains($0) }),
            subsamplingStrides.reduce(1, *) <= Self.largestSubsamplingFactor
        else {
            throw ModelError(
                "subsamplingStrides is \(subsamplingStrides); it must be one to eight numbers from 1 to 8 whose product is "
                    + "at most \(Self.largestSubsamplingFactor)")
        }
        if subsamplingFactor > Self.largestSubsamplingFactor {
            throw ModelError(
                "encoder.pyramidLayerCount is \(encoder.pyramidLayerCount), which with subsamplingStrides \(subsamplingStrides) makes one "
                    + "position of \(subsamplingFactor) frames; at most \(Self.largestSubsamplingFactor) can be joined")
        }
        do { try frontend.validate() } catch { throw ModelError("\(error)") }
    }

    private func validatePositions() throws(ModelError) {
        let headDimension = transformer.modelDimension / transformer.headCount
        let parts = [
            ("encoder", encoder.positions, encoder.positionCount, encoder.layer == .lstm),
            ("decoder", decoder.positions, decoder.positionCount, decoder.layer == .lstm),
        ]
        for (part, kind, count, isRecurrent) in parts {
            if isRecurrent, kind != .sinusoidal {
                throw ModelError(
                    "\(part).positions is \(kind.rawValue), but an LSTM has no positions; leave the key out, or choose another "
                        + "\(part).layer")
            }
            if kind == .rotary, headDimension % 2 == 1 {
                throw ModelError(
                    "\(part).positions: rotary needs an even number of features per head, not \(headDimension)")
            }
            if kind == .learned, !(1...Self.largestPositionCount).contains(count) {
                throw ModelError(
                    "\(part).positionCount is \(count); it must be from 1 to \(Self.largestPositionCount)")
            }
        }
    }

    /// Refuses what means nothing to an LSTM, or to anything else.
    private func validateRecurrence() throws(ModelError) {
        let pyramid = encoder.pyramidLayerCount
        if encoder.layer != .lstm, pyramid != 0 {
            throw ModelError(
                "encoder.pyramidLayerCount is \(pyramid), but encoder.layer is \(encoder.layer.rawValue); leave the key out, or set "
                    + "encoder.layer to lstm")
        }
        guard encoder.layer == .lstm || decoder.layer == .lstm else { return }
        if encoder.layer == .lstm {
            let mostPairs = min(encoderLayerCount - 1, Self.largestPyramidLayerCount)
            guard (0...mostPairs).contains(pyramid) else {
                throw ModelError(
                    "encoder.pyramidLayerCount is \(pyramid); with encoderLayerCount \(encoderLayerCount) it must be from 0 to "
                        + "\(mostPairs), because the first layer reads no pairs")
            }
            if transformer.modelDimension % 2 == 1 {
                throw ModelError(
                    "transformer.modelDimension is \(transformer.modelDimension); with encoder.layer lstm it must be even: half of it "
                        + "are the units of each direction")
            }
            if encoder.stochasticDepth != 0 {
                throw ModelError(
                    "encoder.stochasticDepth is \(encoder.stochasticDepth), but LSTM layers cannot be left out; leave the key out, or "
                        + "choose another encoder.layer")
            }
        }
        if transformer.adapterRank != 0 {
            throw ModelError(
                "transformer.adapterRank is \(transformer.adapterRank), but an LSTM (encoder.layer, decoder.layer) has no adapters; leave "
                    + "the key out")
        }
        // A number that nobody chose is the default.
        let unchosen = [1, TransformerConfiguration().headCount]
        if !hasAttentionHeads, !unchosen.contains(transformer.headCount) {
            throw ModelError(
                "transformer.headCount is \(transformer.headCount), but an LSTM attends with one head; leave the key out, or set it to 1"
            )
        }
    }

    /// What the shapes of the parameters do not show, in one line: written into the file of the parameters, so that a
    /// configuration that does not belong to it is noticed.
    var networkDescription: String {
        "\(transformer.headCount) heads, \(transformer.activation.rawValue), \(transformer.normalization.rawValue)-norm, "
            + "strides \(subsamplingStrides)"
            + (encoder.positions == .rotary ? ", rotary positions" : "")
            + (decoder.positions == .rotary ? ", rotary positions of the decoder" : "")
            + (decoder.scalesEmbedding ? "" : ", unscaled embedding")
    }
}

/// What is wrong with a model.
public struct ModelError: Error, CustomStringConvertible, Equatable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
