import Autograd
import Files
import FoundationEssentials
import Models
import Text

extension TinyWhisper {
    /// A folder of a Whisper model with random weights that hears 30 s and writes single bytes: for training, whose values must be such as
    /// training gives.
    ///
    /// - Parameters:
    ///   - isMultilingual: whether it knows two languages instead of English alone.
    ///   - pieces: tokens of more than one byte.
    public static func writeModel(
        to directory: String, isMultilingual: Bool = false, pieces: [[UInt8]] = []
    ) throws {
        let bytes = (0..<256).map { [UInt8($0)] } + pieces
        let special = WhisperTokens(ordinaryCount: bytes.count, isMultilingual: isMultilingual, languageCount: 2)
        let tokenizer = try WhisperTokenizer(BytePairVocabulary(tokens: bytes), special: special)
        var configuration = ModelConfiguration()
        configuration.frontend.melBinCount = 16
        configuration.featureNormalization = .none
        configuration.subsamplingStrides = [1, 2]
        configuration.encoderLayerCount = 1
        configuration.encoder.positions = .learned
        configuration.decoderLayerCount = 1
        configuration.decoder.positions = .learned
        configuration.decoder.positionCount = 24
        configuration.decoder.scalesEmbedding = false
        configuration.decoder.hasOutputBias = false
        configuration.hasCTCOutput = false
        configuration.transformer.modelDimension = 16
        configuration.transformer.headCount = 2
        configuration.transformer.feedForwardDimension = 32
        configuration.transformer.activation = .gelu
        configuration.transformer.dropout = 0
        configuration.labelNormalizer = .none
        configuration.language = isMultilingual ? "" : "en"
        let model = try SpeechModel(
            .init(model: configuration, featureNormalization: .none, alignmentHeads: [[0, 1]]),
            vocabulary: .whisper(tokenizer))
        model.network.parameters.initialize(seed: 3)
        try AtomicFile.makeFolder(directory)
        for file in try model.files() { try AtomicFile.write(file.content, to: "\(directory)/\(file.name)") }
    }
}
