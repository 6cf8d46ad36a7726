import Files
import FoundationEssentials
import Text

extension ModelFolder {
    /// Makes a model folder of somebody else's Whisper model, of any layout that `WhisperCheckpoint` reads.
    ///
    /// - Parameters:
    ///   - path: the checkpoint.
    ///   - tokens: a folder with token files, or a `.tiktoken` file; nil: what stands in the checkpoint. An OpenAI `.pt` has none.
    /// - Throws: `ModelError` or `TextFileError` naming the file and what is wrong with it; `FileWriteError`.
    /// - Returns: what was read.
    @discardableResult
    public static func importWhisper(_ path: String, tokens: String? = nil, output: String) throws -> WhisperCheckpoint
    {
        let checkpoint = try WhisperCheckpoint.read(path)
        let tokenizer = try checkpoint.tokenizer(from: tokens)
        let description = checkpoint.description
        try description.model.validate()
        for name in ["config.json", "model.safetensors"]
        where FileManager.default.fileExists(atPath: "\(output)/\(name)") {
            throw ModelError("\(output)/\(name): there is a model already; choose another --output")
        }
        let vocabulary = ModelVocabulary.whisper(tokenizer)
        let encoder = SpeechModel.Description.encoder
        try AtomicFile.makeFolder(output)
        try checkpoint.writeWeights(
            to: "\(output)/model.safetensors",
            metadata: [
                "frontend": description.model.frontend.description, "network": description.model.networkDescription,
                "vocabulary": vocabulary.fingerprint, "training": try description.trainingFingerprint,
            ])
        try AtomicFile.write(try encoder.encode(vocabulary), to: "\(output)/vocabulary.json")
        try AtomicFile.write(Data(card(checkpoint, tokenizer).utf8), to: "\(output)/README.md")
        // Last: a folder without it is no model, should anything fail before.
        try AtomicFile.write(try encoder.encode(description), to: "\(output)/config.json")
        return checkpoint
    }

    private static func card(_ checkpoint: WhisperCheckpoint, _ tokenizer: WhisperTokenizer) -> String {
        let count = checkpoint.parameters.reduce(0) { $0 + $1.count }
        return """
            # Speech recognition model

            A Whisper model with \(count) parameters, \
            \(tokenizer.special.isMultilingual ? "of \(tokenizer.special.languageCount) languages" : "English only"), made by \
            `asr model import` from \(checkpoint.layout.rawValue), `\(lastPathComponent(checkpoint.path))`. The values are those of the \
            original. Its licence is that of the original.

            """
    }
}

extension WhisperCheckpoint {
    /// The tokenizer that belongs to the weights.
    ///
    /// - Parameter path: a folder with token files, or a `.tiktoken` file; nil: what stands in the checkpoint.
    /// - Throws: `ModelError` where there are no tokens, or others than the embedding has; `TextFileError` for a damaged file.
    public func tokenizer(from path: String? = nil) throws -> WhisperTokenizer {
        let source: String
        let vocabulary: BytePairVocabulary
        switch (path, tokens) {
        case (let path?, _):
            source = path
            var isFolder = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            vocabulary = isFolder ? try BytePairFiles.vocabulary(folder: path) : try BytePairFiles.ranks(path)
        case (nil, .folder(let folder)):
            source = folder
            vocabulary = try BytePairFiles.vocabulary(folder: folder)
        case (nil, .list(let tokens)):
            source = self.path
            vocabulary = try BytePairFiles.list(bytes: tokens, path: self.path)
        case (nil, .none):
            throw ModelError(
                "\(self.path): an OpenAI .pt file has no tokens; name them with --tokens: a Hugging Face folder of a model with as many "
                    + "languages, or gpt2.tiktoken (English only) or multilingual.tiktoken of the package openai-whisper"
            )
        }
        do {
            return try WhisperTokenizer(vocabulary, vocabularySize: dimensions.vocabularySize)
        } catch {
            throw ModelError("\(source): \(error)")
        }
    }

    /// The configuration of this program's network, and what the checkpoint says of word times.
    public var description: SpeechModel.Description {
        var configuration = ModelConfiguration()
        configuration.frontend.melBinCount = dimensions.melBinCount
        configuration.featureNormalization = .none
        configuration.subsamplingStrides = [1, 2]
        configuration.encoderLayerCount = dimensions.encoderLayerCount
        configuration.decoderLayerCount = dimensions.decoderLayerCount
        configuration.encoder.positions = .learned
        configuration.encoder.positionCount = dimensions.encoderPositionCount
        configuration.decoder.positions = .learned
        configuration.decoder.positionCount = dimensions.decoderPositionCount
        configuration.decoder.scalesEmbedding = false
        configuration.decoder.hasOutputBias = false
        configuration.hasCTCOutput = false
        configuration.transformer.modelDimension = dimensions.modelDimension
        configuration.transformer.headCount = dimensions.headCount
        configuration.transformer.feedForwardDimension = dimensions.feedForwardDimension
        configuration.transformer.activation = .gelu
        configuration.transformer.normalization = .pre
        configuration.transformer.dropout = 0  // as Whisper was trained; Radford et al. 2022, table 17
        configuration.labelNormalizer = .none
        configuration.language = dimensions.isMultilingual ? "" : "en"
        return SpeechModel.Description(
            model: configuration, featureNormalization: .none,
            alignmentHeads: (generation.alignmentHeads ?? WhisperAlignmentHeads.published(dimensions))?
                .map { [$0.layer, $0.head] })
    }
}
