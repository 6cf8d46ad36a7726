/// Reads a `.pt` file, a model as openai/whisper publishes it: `{"dims": {...}, "model_state_dict": {...}}`, saved by PyTorch.
enum OpenAIFile {
    /// - Throws: `ModelError` naming the file and what is wrong where.
    static func read(_ path: String) throws(ModelError) -> WhisperCheckpoint {
        let file = try TorchFile(path: path)
        guard let content = file.content.dictionary(file.content.root),
            let dims = file.content.dictionary(content["dims"])
        else {
            throw ModelError(
                "\(path): is not a dictionary with `dims` and `model_state_dict`; name a model of openai/whisper")
        }
        let dimensions = try dimensions(dims, path: path)
        try dimensions.validate(path: path)
        let names = Dictionary(
            uniqueKeysWithValues: WhisperTensorNames(dimensions).rows.map { ($0.openAI, $0.huggingFace) })
        var tensors: [String: CheckpointTensor] = [:]
        for (name, tensor) in try file.tensors(content["model_state_dict"], "model_state_dict") {
            tensors[names[name] ?? name] = tensor
        }
        return try WhisperCheckpoint(
            path: path, layout: .openAI, dimensions: dimensions, tensors: tensors, tokens: .none,
            generation: WhisperGeneration(), file: path, name: \.openAI)
    }

    private static func dimensions(
        _ dims: [String: PickleContent.Value], path: String
    ) throws(ModelError) -> WhisperDimensions {
        func number(_ name: String) throws(ModelError) -> Int {
            guard case .int(let number) = dims[name], (0...1 << 30).contains(number) else {
                throw ModelError("\(path): `dims` has no size `\(name)`; name a model of openai/whisper")
            }
            return number
        }
        let (width, headCount) = (try number("n_audio_state"), try number("n_audio_head"))
        guard try number("n_text_state") == width, try number("n_text_head") == headCount else {
            throw ModelError("\(path): encoder and decoder differ in width or heads; it cannot be read")
        }
        return WhisperDimensions(
            melBinCount: try number("n_mels"), vocabularySize: try number("n_vocab"), modelDimension: width,
            headCount: headCount, feedForwardDimension: GGMLFile.feedForwardFactor * width,
            encoderLayerCount: try number("n_audio_layer"), decoderLayerCount: try number("n_text_layer"),
            encoderPositionCount: try number("n_audio_ctx"), decoderPositionCount: try number("n_text_ctx"))
    }
}
