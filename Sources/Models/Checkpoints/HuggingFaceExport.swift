import Files
import FoundationEssentials
import Tensors
import Text

extension ModelFolder {
    /// Writes a Whisper model as a folder that transformers loads: weights, configurations and token files.
    ///
    /// The numbers are halves where that changes none of them, else float32.
    ///
    /// - Throws: `ModelError` if it is no Whisper model, or the folder has one already; `FileWriteError`.
    public static func exportHuggingFace(_ model: SpeechModel, output: String) throws {
        let export = try WhisperExport(model)
        for name in ["config.json", "model.safetensors"]
        where FileManager.default.fileExists(atPath: "\(output)/\(name)") {
            throw ModelError("\(output)/\(name): there is a model already; choose another --output")
        }
        try AtomicFile.makeFolder(output)
        try writeTensors(export, to: "\(output)/model.safetensors")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        var files = export.tokenizer.huggingFaceFiles()
        files.append(("preprocessor_config.json", try encoder.encode(HuggingFacePreprocessor(export))))
        files.append(("generation_config.json", try encoder.encode(HuggingFaceGeneration(export))))
        files.append(("config.json", try encoder.encode(HuggingFaceConfiguration(export))))
        for file in files { try AtomicFile.write(file.content, to: "\(output)/\(file.name)") }
    }

    private static func writeTensors(_ export: WhisperExport, to path: String) throws {
        let rows = Dictionary(
            uniqueKeysWithValues: export.rows.map { (WhisperTensorNames.huggingFacePrefix + $0.huggingFace, $0) })
        let declarations = export.rows.map {
            SafeTensors.Declaration(
                name: WhisperTensorNames.huggingFacePrefix + $0.huggingFace,
                elementType: export.isHalf ? .float16 : .float32, shape: $0.shape)
        }
        let largest = declarations.map(\.byteCount).max() ?? 0
        let scratch = UnsafeMutablePointer<UInt16>.allocate(capacity: largest / 2)
        defer { scratch.deallocate() }
        // "pt" is what transformers asks for.
        try SafeTensors.write(declarations, metadata: ["format": "pt"], to: path) { tensor, append in
            let values = export.values(rows[tensor.name]!)
            guard tensor.elementType == .float16 else {
                return try append(UnsafeRawBufferPointer(start: values.pointer, count: tensor.byteCount))
            }
            WhisperExport.halves(values, into: scratch)
            try append(UnsafeRawBufferPointer(start: scratch, count: tensor.byteCount))
        }
    }
}

/// `config.json` of transformers, with its keys in camel case.
private struct HuggingFaceConfiguration: Encodable {
    let architectures = ["WhisperForConditionalGeneration"]
    let modelType = "whisper"
    let activationFunction = "gelu"
    let isEncoderDecoder = true
    let scaleEmbedding = false
    let tieWordEmbeddings = true
    let torchDtype: String
    let dModel, numMelBins, vocabSize, maxSourcePositions, maxTargetPositions: Int
    let encoderLayers, encoderAttentionHeads, encoderFfnDim, numHiddenLayers: Int
    let decoderLayers, decoderAttentionHeads, decoderFfnDim: Int
    let bosTokenId, eosTokenId, padTokenId, decoderStartTokenId: Int

    init(_ export: WhisperExport) {
        let (dimensions, special) = (export.dimensions, export.tokenizer.special)
        torchDtype = export.isHalf ? "float16" : "float32"
        dModel = dimensions.modelDimension
        numMelBins = dimensions.melBinCount
        vocabSize = dimensions.vocabularySize
        maxSourcePositions = dimensions.encoderPositionCount
        maxTargetPositions = dimensions.decoderPositionCount
        encoderLayers = dimensions.encoderLayerCount
        numHiddenLayers = dimensions.encoderLayerCount
        decoderLayers = dimensions.decoderLayerCount
        encoderAttentionHeads = dimensions.headCount
        decoderAttentionHeads = dimensions.headCount
        encoderFfnDim = dimensions.feedForwardDimension
        decoderFfnDim = dimensions.feedForwardDimension
        bosTokenId = special.endOfText
        eosTokenId = special.endOfText
        padTokenId = special.endOfText
        decoderStartTokenId = special.startOfTranscript
    }
}

/// `generation_config.json` of transformers, with its keys in camel case.
private struct HuggingFaceGeneration: Encodable {
    let returnTimestamps = false
    let maxInitialTimestampIndex = 50
    let isMultilingual: Bool
    let maxLength: Int
    let bosTokenId, eosTokenId, padTokenId, decoderStartTokenId, noTimestampsTokenId, prevSotTokenId: Int
    let suppressTokens, beginSuppressTokens: [Int]
    /// Only multilingual models have them.
    let langToId, taskToId: [String: Int]?
    let alignmentHeads: [[Int]]?

    init(_ export: WhisperExport) {
        let tokenizer = export.tokenizer
        let special = tokenizer.special
        isMultilingual = special.isMultilingual
        maxLength = export.dimensions.decoderPositionCount
        bosTokenId = special.endOfText
        eosTokenId = special.endOfText
        padTokenId = special.endOfText
        decoderStartTokenId = special.startOfTranscript
        noTimestampsTokenId = special.noTimestamps
        prevSotTokenId = special.startOfPrevious
        suppressTokens = tokenizer.suppressedTokens.sorted()
        beginSuppressTokens = tokenizer.suppressedFirstTokens.sorted()
        alignmentHeads = export.model.description.alignmentHeads
        guard special.isMultilingual else {
            (langToId, taskToId) = (nil, nil)
            return
        }
        langToId = Dictionary(
            uniqueKeysWithValues: zip(special.languages, special.languageTokens).map { ("<|\($0.code)|>", $1) })
        taskToId = ["transcribe": special.transcribe, "translate": special.translate]
    }
}

/// `preprocessor_config.json` of transformers, with its keys in camel case.
private struct HuggingFacePreprocessor: Encodable {
    let featureExtractorType = "WhisperFeatureExtractor"
    let processorClass = "WhisperProcessor"
    let paddingSide = "right"
    let paddingValue = 0.0
    let returnAttentionMask = false
    let featureSize, samplingRate, hopLength, nFft, chunkLength, nSamples, nbMaxFrames: Int

    init(_ export: WhisperExport) {
        let frontend = export.model.configuration.frontend
        featureSize = frontend.melBinCount
        samplingRate = frontend.sampleRate
        hopLength = frontend.hopLength
        nFft = frontend.fftSize
        // Two frames are a position.
        nbMaxFrames = 2 * export.dimensions.encoderPositionCount
        nSamples = nbMaxFrames * hopLength
        chunkLength = nSamples / samplingRate
    }
}
