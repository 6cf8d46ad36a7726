import Files
import FoundationEssentials

/// Reads a folder as Hugging Face's transformers writes it: `config.json`, `generation_config.json`, and the weights as
/// `model.safetensors`, in shards, or as `pytorch_model.bin`.
enum HuggingFaceFolder {
    /// The keys of `config.json` that matter here. Numbers of tokens are not among them: some converted models have wrong ones.
    struct Configuration: Decodable {
        var modelType: String?
        var activation: String?
        var scalesEmbedding: Bool?
        var tiesEmbedding: Bool?
        var encoderHeadCount: Int?
        var decoderHeadCount: Int?
        var suppressedTokens: [Int]?

        private enum CodingKeys: String, CodingKey {
            case modelType = "model_type"
            case activation = "activation_function"
            case scalesEmbedding = "scale_embedding"
            case tiesEmbedding = "tie_word_embeddings"
            case encoderHeadCount = "encoder_attention_heads"
            case decoderHeadCount = "decoder_attention_heads"
            case suppressedTokens = "suppress_tokens"
        }
    }

    /// The keys of `generation_config.json` that matter here.
    private struct Generation: Decodable {
        var alignmentHeads: [[Int]]?
        var suppressedTokens: [Int]?
        var suppressedFirstTokens: [Int]?
        var languageTokens: [String: Int]?
        var largestFirstTimestamp: Int?

        private enum CodingKeys: String, CodingKey {
            case alignmentHeads = "alignment_heads"
            case suppressedTokens = "suppress_tokens"
            case suppressedFirstTokens = "begin_suppress_tokens"
            case languageTokens = "lang_to_id"
            case largestFirstTimestamp = "max_initial_timestamp_index"
        }
    }

    /// The features of an attention head, of every Whisper model.
    static let headDimension = 64

    /// - Throws: `ModelError` naming the file and what is wrong where.
    static func read(_ folder: String) throws(ModelError) -> WhisperCheckpoint {
        let configurationPath = "\(folder)/config.json"
        let configuration = try JSONFile.readIfThere(Configuration.self, configurationPath) ?? Configuration()
        try check(configuration, path: configurationPath)
        let (tensors, file) = try tensors(folder)
        let dimensions = try dimensions(tensors, configuration, path: file, configurationPath: configurationPath)
        return try WhisperCheckpoint(
            path: folder, layout: .huggingFace, dimensions: dimensions, tensors: tensors, tokens: .folder(folder),
            generation: try generation(folder, configuration, dimensions), file: file,
            name: { WhisperTensorNames.huggingFacePrefix + $0.huggingFace })
    }

    /// Refuses a network that computes something else.
    private static func check(_ configuration: Configuration, path: String) throws(ModelError) {
        if let type = configuration.modelType, type != "whisper" {
            throw ModelError("\(path): is of a model of type \(type); name a Whisper model")
        }
        if let activation = configuration.activation, activation != "gelu" {
            throw ModelError("\(path): activation_function is \(activation), for Whisper it is gelu; it cannot be read")
        }
        if configuration.scalesEmbedding == true {
            throw ModelError("\(path): scale_embedding is true, for Whisper it is false; it cannot be read")
        }
        if configuration.tiesEmbedding == false {
            throw ModelError(
                "\(path): tie_word_embeddings is false; the output of Whisper is its embedding, so it cannot be read")
        }
    }

    /// The tensors by name without `model.`, and the file to name in messages.
    private static func tensors(
        _ folder: String
    ) throws(ModelError) -> (tensors: [String: CheckpointTensor], file: String) {
        let (single, index, pickled) = (
            "\(folder)/model.safetensors", "\(folder)/model.safetensors.index.json", "\(folder)/pytorch_model.bin"
        )
        var found: [(name: String, tensor: CheckpointTensor)] = []
        let path: String
        if exists(single) {
            path = single
            found = try tensors(ofFile: single)
        } else if exists(index) {
            path = index
            found = try tensors(ofShards: index, folder)
        } else if exists(pickled) {
            path = pickled
            found = try TorchFile.tensors(pickled).map { ($0.key, $0.value) }
        } else {
            throw ModelError(
                "\(folder): has neither model.safetensors, model.safetensors.index.json nor pytorch_model.bin; get the "
                    + "weights too")
        }
        var tensors: [String: CheckpointTensor] = [:]
        for (name, tensor) in found {
            let prefix = WhisperTensorNames.huggingFacePrefix
            let plain = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            guard tensors.updateValue(tensor, forKey: plain) == nil else {
                throw ModelError("\(path): has the tensor \(name) twice; get the file again")
            }
        }
        return (tensors, path)
    }

    private static func tensors(ofFile path: String) throws(ModelError) -> [(String, CheckpointTensor)] {
        let file = try SafeTensors.opened(path)
        var tensors: [(String, CheckpointTensor)] = []
        for entry in file.entries { tensors.append((entry.name, try file.checkpointTensor(entry))) }
        return tensors
    }

    private struct Index: Decodable {
        var files: [String: String]

        private enum CodingKeys: String, CodingKey {
            case files = "weight_map"
        }
    }

    private static func tensors(
        ofShards index: String, _ folder: String
    ) throws(ModelError) -> [(String, CheckpointTensor)] {
        guard let files = try JSONFile.readIfThere(Index.self, index)?.files else {
            throw ModelError("\(index): cannot be read; check its permissions")
        }
        var tensors: [(String, CheckpointTensor)] = []
        for file in Set(files.values).sorted() {
            // A name like ../x would lead out of the folder.
            guard !file.contains("/"), file.hasSuffix(".safetensors") else {
                throw ModelError("\(index): names the file \(file), which is not a .safetensors file of this folder")
            }
            let shard = try Self.tensors(ofFile: "\(folder)/\(file)")
            let names = Set(shard.map(\.0))
            if let missing = files.filter({ $0.value == file && !names.contains($0.key) }).keys.min() {
                throw ModelError(
                    "\(folder)/\(file): lacks the tensor \(missing), which \(index) says is there; get both again")
            }
            tensors += shard
        }
        return tensors
    }

    /// The sizes, from the shapes of the tensors; only the number of heads does not show there.
    private static func dimensions(
        _ tensors: [String: CheckpointTensor], _ configuration: Configuration, path: String, configurationPath: String
    ) throws(ModelError) -> WhisperDimensions {
        func shape(_ name: String, rank: Int) throws(ModelError) -> [Int] {
            guard let shape = tensors[name]?.shape, shape.count == rank else {
                throw ModelError(
                    "\(path): has no tensor \(WhisperTensorNames.huggingFacePrefix)\(name) of \(rank) axes, which Whisper "
                        + "has: name a Whisper model")
            }
            return shape
        }
        func layerCount(_ stack: String) -> Int {
            (0...).first { tensors["\(stack).layers.\($0).fc1.weight"] == nil } ?? 0
        }
        let embedding = try shape("decoder.embed_tokens.weight", rank: 2)
        let headCount =
            configuration.encoderHeadCount ?? configuration.decoderHeadCount ?? max(1, embedding[1] / headDimension)
        if let other = configuration.decoderHeadCount, other != headCount {
            throw ModelError(
                "\(configurationPath): \(headCount) heads in the encoder, \(other) in the decoder; it cannot be read")
        }
        return WhisperDimensions(
            melBinCount: try shape("encoder.conv1.weight", rank: 3)[1], vocabularySize: embedding[0],
            modelDimension: embedding[1], headCount: headCount,
            feedForwardDimension: try shape("encoder.layers.0.fc1.weight", rank: 2)[0],
            encoderLayerCount: layerCount("encoder"), decoderLayerCount: layerCount("decoder"),
            encoderPositionCount: try shape("encoder.embed_positions.weight", rank: 2)[0],
            decoderPositionCount: try shape("decoder.embed_positions.weight", rank: 2)[0])
    }

    private static func generation(
        _ folder: String, _ configuration: Configuration, _ dimensions: WhisperDimensions
    ) throws(ModelError) -> WhisperGeneration {
        let path = "\(folder)/generation_config.json"
        let content = try JSONFile.readIfThere(Generation.self, path) ?? Generation()
        var generation = WhisperGeneration()
        if let pairs = content.alignmentHeads {
            generation.alignmentHeads = try WhisperGeneration.heads(pairs, of: dimensions, path: path)
        }
        generation.suppressedTokens = content.suppressedTokens ?? configuration.suppressedTokens
        generation.suppressedFirstTokens = content.suppressedFirstTokens
        generation.largestFirstTimestamp = content.largestFirstTimestamp
        if let languages = content.languageTokens {
            // `<|de|>` is the token of `de`.
            generation.languageTokens = Dictionary(
                languages.map { ($0.key.replacing("<|", with: "").replacing("|>", with: ""), $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        return generation
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

extension SafeTensors {
    /// As `init(path:)`, which throws nothing but `ModelError`.
    fileprivate static func opened(_ path: String) throws(ModelError) -> SafeTensors {
        do { return try SafeTensors(path: path) } catch {
            throw error as? ModelError ?? ModelError("\(path): \(error)")
        }
    }

    /// Where the numbers of a tensor lie.
    ///
    /// - Throws: `ModelError` if its numbers are of a type that weights do not have.
    fileprivate func checkpointTensor(_ entry: Entry) throws(ModelError) -> CheckpointTensor {
        let encodings: [String: CheckpointTensor.Encoding] = ["F32": .float32, "F16": .float16, "BF16": .bfloat16]
        guard let encoding = encodings[entry.elementType] else {
            throw ModelError(
                "\(path): tensor \(entry.name) has the type \(entry.elementType); weights are F32, BF16 or F16")
        }
        return try CheckpointTensor(
            "tensor \(entry.name)", shape: entry.shape, encoding: encoding, file: file,
            range: dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound, path: path)
    }
}
