/// The sizes of a Whisper model; Radford et al. 2022, table 1.
public struct WhisperDimensions: Sendable, Equatable {
    /// 80, or 128 since large-v3.
    public var melBinCount: Int
    public var vocabularySize: Int
    public var modelDimension: Int
    /// Of encoder and decoder.
    public var headCount: Int
    public var feedForwardDimension: Int
    public var encoderLayerCount: Int
    public var decoderLayerCount: Int
    /// Positions of 20 ms: 1500 for 30 s.
    public var encoderPositionCount: Int
    /// Tokens that the decoder sees at most, with the prompt: 448.
    public var decoderPositionCount: Int

    public init(
        melBinCount: Int, vocabularySize: Int, modelDimension: Int, headCount: Int, feedForwardDimension: Int,
        encoderLayerCount: Int, decoderLayerCount: Int, encoderPositionCount: Int, decoderPositionCount: Int
    ) {
        self.melBinCount = melBinCount
        self.vocabularySize = vocabularySize
        self.modelDimension = modelDimension
        self.headCount = headCount
        self.feedForwardDimension = feedForwardDimension
        self.encoderLayerCount = encoderLayerCount
        self.decoderLayerCount = decoderLayerCount
        self.encoderPositionCount = encoderPositionCount
        self.decoderPositionCount = decoderPositionCount
    }

    private static let sizes = 1...65_536
    private static let layerCounts = 1...256
    private static let vocabularySizes = 1...1_000_000

    /// Whether the model knows more languages than English. Its token numbers are one higher then.
    public var isMultilingual: Bool { vocabularySize >= Self.smallestMultilingualVocabulary }

    /// The languages of a public model's vocabulary: what is left of it beside text, tasks and timestamps.
    public var languageCount: Int { vocabularySize - 51_765 - (isMultilingual ? 1 : 0) }

    private static let smallestMultilingualVocabulary = 51_865

    /// Refuses sizes that no model has.
    ///
    /// - Throws: `ModelError` beginning with `path`.
    func validate(path: String) throws(ModelError) {
        let values = [
            ("mel bins", melBinCount, 1...1_024), ("tokens", vocabularySize, Self.vocabularySizes),
            ("features of a position", modelDimension, Self.sizes), ("attention heads", headCount, Self.sizes),
            ("features of the feed-forward network", feedForwardDimension, Self.sizes),
            ("encoder layers", encoderLayerCount, Self.layerCounts),
            ("decoder layers", decoderLayerCount, Self.layerCounts),
            ("encoder positions", encoderPositionCount, Self.sizes),
            ("decoder positions", decoderPositionCount, Self.sizes),
        ]
        for (name, value, range) in values where !range.contains(value) {
            throw ModelError(
                "\(path): a model cannot have \(value) \(name); the file is damaged, or not a Whisper model: get it again"
            )
        }
        guard modelDimension % headCount == 0 else {
            throw ModelError(
                "\(path): \(modelDimension) features cannot be divided among \(headCount) heads; get it again")
        }
    }
}
