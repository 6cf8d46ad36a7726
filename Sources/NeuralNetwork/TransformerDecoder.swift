import Autograd
import Tensors

/// A Transformer decoder: token embedding and positions, decoder layers, and the logits of the next token.
public struct TransformerDecoder: Sendable {
    /// [vocabulary, model]
    public let embedding: Parameter
    public let layers: [DecoderLayer]
    let finalNorm: LayerNorm?
    /// [vocabulary, model]; the embedding itself if tied
    public let outputWeight: Parameter
    public let outputBias: Parameter?
    let positions: Positions
    /// What embeddings are multiplied by.
    let embeddingScale: Float
    let dropout: Float

    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, vocabularySize: Int, tiesEmbedding: Bool,
        _ configuration: TransformerConfiguration, decoder: DecoderConfiguration = DecoderConfiguration()
    ) {
        let model = configuration.modelDimension
        embedding = store.declare(
            "\(name).embedding.weight", shape: [vocabularySize, model],
            .normal(standardDeviation: 1 / Float(model).squareRoot()))
        layers = (0..<layerCount).map { DecoderLayer(store, "\(name).layers.\($0)", configuration) }
        finalNorm =
            configuration.normalization == .pre
            ? LayerNorm(store, "\(name).final_norm", featureCount: model) : nil
        outputWeight =
            tiesEmbedding
            ? embedding
            : store.declare(
                "\(name).output.weight", shape: [vocabularySize, model],
                .glorotUniform(inputCount: model, outputCount: vocabularySize))
        outputBias =
            decoder.hasOutputBias
            ? store.declare("\(name).output.bias", shape: [vocabularySize], .zeros, hasWeightDecay: false) : nil
        positions = Positions(
            store, "\(name).positions", decoder.positions, count: decoder.positionCount, configuration)
        embeddingScale = decoder.scalesEmbedding ? Float(model).squareRoot() : 1
        dropout = configuration.dropout
    }

    /// What every layer's cross-attention needs of the encoder output: [batch, encoderTime, 2 * model] each.
    public func keysValues(_ encoderOutput: Variable) -> [Variable] {
        layers.map { $0.crossAttention.keyValue(encoderOutput) }
    }

    /// Logits of the token after each position.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, sequence after sequence; with caches, those that follow the cached ones
    ///   - batch: number of sequences
    ///   - keysValues: of the encoder output
    ///   - encoderLengths: positions of each encoder output
    ///   - keyWeights: positions of them that stand for several; nil: none
    ///   - caches: one for each layer, or none
    ///   - wanted: the positions whose logits are wanted, ascending, where no gradient is; nil: all.
    /// - Returns: [batch, time or wanted, vocabulary], float32
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int], keyWeights: KeyWeights? = nil,
        caches: [LayerCache]? = nil, wanted: [Int]? = nil
    ) -> Variable {
        let tape = keysValues[0].tape
        let first = caches?.first?.count ?? 0
        let range = first..<first + tokens.count / max(1, batch)
        let rotation = positions.rotation(range)
        let term = positions.term(range) ?? PositionTerm(Tensor(zeros: [range.count, embedding.shape[1]]))
        var x = tape.embedding(tokens, table: embedding, positions: term, scale: embeddingScale).dropout(rate: dropout)
        for (index, layer) in layers.enumerated() {
            x = layer(
                x, mask: .causal(), rotation: rotation, keysValues: keysValues[index],
                encoderMask: .padding(lengths: encoderLengths, keyWeights: keyWeights), cache: caches?[index])
        }
        if let wanted, wanted.count < range.count { x = tape.variable(x.value.positions(wanted)) }
        return (finalNorm.map { $0(x) } ?? x).linear(outputWeight, bias: outputBias, outputType: .float32)
    }
}

extension Tensor {
    /// Some positions of each sequence: [batch, time, feature] -> [batch, positions.count, feature], float32.
    func positions(_ positions: [Int]) -> Tensor {
        let (batch, time, width) = (shape[0], shape[1], shape[2])
        let result = Tensor(uninitialized: [batch, positions.count, width])
        for row in 0..<batch {
            for (place, position) in positions.enumerated() {
                (result.floats + (row * positions.count + place) * width)
                    .update(from: floats + (row * time + position) * width, count: width)
            }
        }
        return result
    }
}
