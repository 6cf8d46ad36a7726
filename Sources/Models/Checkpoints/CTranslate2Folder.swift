import Files

/// Reads a CTranslate2 folder: `model.bin`, `config.json`, and the tokens beside them.
enum CTranslate2Folder {
    /// The keys of `config.json` that matter here. It has no sizes.
    private struct Configuration: Decodable {
        var alignmentHeads: [[Int]]?
        var suppressedTokens: [Int]?
        var suppressedFirstTokens: [Int]?

        private enum CodingKeys: String, CodingKey {
            case alignmentHeads = "alignment_heads"
            case suppressedTokens = "suppress_ids"
            case suppressedFirstTokens = "suppress_ids_begin"
        }
    }

    private static let specification = "WhisperSpec"
    /// The code of the activation of the feed-forward network: GELU by the error function.
    private static let geluCode = 3

    /// - Throws: `ModelError` naming the file and what is wrong where.
    static func read(_ folder: String) throws(ModelError) -> WhisperCheckpoint {
        let model = try CTranslate2Model(path: "\(folder)/model.bin")
        guard ["", specification].contains(model.specification) else {
            throw ModelError(
                "\(model.path): holds a model of kind \(model.specification), not \(specification): name a Whisper model"
            )
        }
        try checkSettings(model)
        let dimensions = try dimensions(model)
        let configurationPath = "\(folder)/config.json"
        let configuration = try JSONFile.readIfThere(Configuration.self, configurationPath)
        var generation = WhisperGeneration()
        if let pairs = configuration?.alignmentHeads {
            generation.alignmentHeads = try WhisperGeneration.heads(pairs, of: dimensions, path: configurationPath)
        }
        generation.suppressedTokens = configuration?.suppressedTokens
        generation.suppressedFirstTokens = configuration?.suppressedFirstTokens

        try dimensions.validate(path: model.path)
        var tensors: [String: CheckpointTensor] = [:]
        let rows = WhisperTensorNames(dimensions).rows
        for row in rows {
            guard let joined = try model.tensor(row.cTranslate2.name) else { continue }
            let count = row.shape[0]
            guard joined.shape == [count * row.cTranslate2.count] + row.shape.dropFirst() else {
                throw ModelError(
                    "\(model.path): variable \(row.cTranslate2.name) has the shape \(joined.shape), which does not fit the "
                        + "others; convert the model again")
            }
            // What CTranslate2 has in place of a key's bias is 0.
            tensors[row.huggingFace] = joined.rows(row.cTranslate2.part * count..<(row.cTranslate2.part + 1) * count)
        }
        try refuseUnknown(model, known: rows)
        return try WhisperCheckpoint(
            path: folder, layout: .cTranslate2, dimensions: dimensions, tensors: tensors, tokens: .folder(folder),
            generation: generation, file: model.path, name: \.cTranslate2.name)
    }

    /// Refuses a network that computes something else.
    private static func checkSettings(_ model: CTranslate2Model) throws(ModelError) {
        for stack in ["encoder", "decoder"] {
            let expected = [
                ("activation", geluCode), ("pre_norm", 1), ("scale_embeddings", 0), ("multi_query_attention", 0),
            ]
            for (name, value) in expected {
                guard let found = model.scalar("\(stack)/\(name)"), found != value else { continue }
                throw ModelError(
                    "\(model.path): \(stack)/\(name) is \(found), for Whisper it is \(value); it cannot be read")
            }
        }
    }

    /// The sizes, from the shapes.
    private static func dimensions(_ model: CTranslate2Model) throws(ModelError) -> WhisperDimensions {
        func shape(_ name: String, rank: Int) throws(ModelError) -> [Int] {
            guard let variable = model.variables[name] else {
                throw ModelError("\(model.path): has no variable \(name), which Whisper has: name a Whisper model")
            }
            guard variable.shape.count == rank else {
                throw ModelError("\(model.path): \(name) has the shape \(variable.shape); convert the model again")
            }
            return variable.shape
        }
        func layerCount(_ stack: String) -> Int {
            (0...).first { model.variables["\(stack)/layer_\($0)/ffn/linear_0/weight"] == nil } ?? 0
        }
        let convolution = try shape("encoder/conv1/weight", rank: 3)
        let embedding = try shape("decoder/embeddings/weight", rank: 2)
        guard let headCount = model.scalar("encoder/num_heads") else {
            throw ModelError("\(model.path): does not say encoder/num_heads; convert the model again")
        }
        guard model.scalar("decoder/num_heads") == headCount else {
            throw ModelError("\(model.path): encoder and decoder have different numbers of heads; it cannot be read")
        }
        return WhisperDimensions(
            melBinCount: convolution[1], vocabularySize: embedding[0], modelDimension: embedding[1],
            headCount: headCount,
            feedForwardDimension: try shape("encoder/layer_0/ffn/linear_0/weight", rank: 2)[0],
            encoderLayerCount: layerCount("encoder"), decoderLayerCount: layerCount("decoder"),
            encoderPositionCount: try shape("encoder/position_encodings/encodings", rank: 2)[0],
            decoderPositionCount: try shape("decoder/position_encodings/encodings", rank: 2)[0])
    }

    /// Refuses a variable of several numbers that nobody asks for.
    private static func refuseUnknown(
        _ model: CTranslate2Model, known rows: [WhisperTensorNames.Row]
    ) throws(ModelError) {
        var known = Set(rows.map(\.cTranslate2.name))
        known.insert("decoder/projection/weight")  // The embedding by another name.
        let unknown = model.variables.filter { name, variable in
            variable.shape.reduce(1, *) > 1 && !known.contains(name)
                && !(name.hasSuffix("_scale") && known.contains(String(name.dropLast("_scale".count))))
        }
        if let name = unknown.keys.min() {
            throw ModelError("\(model.path): has a variable \(name), which Whisper does not have; it cannot be read")
        }
    }
}
