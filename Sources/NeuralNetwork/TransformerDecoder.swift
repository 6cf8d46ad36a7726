import Autograd
import Tensors

/// A Transformer decoder: token embedding and positions, decoder layers, and the logits of the next token.
public struct TransformerDecoder: Sendable {
    let tokenEmbedding: TokenEmbedding
    public let layers: [DecoderLayer]
    let finalNorm: LayerNorm?
    let output: TokenOutput
    let positions: Positions
    let dropout: Float

    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, vocabularySize: Int, tiesEmbedding: Bool,
        _ configuration: TransformerConfiguration, decoder: DecoderConfiguration = DecoderConfiguration()
    ) {
        let model = configuration.modelDimension
        tokenEmbedding = TokenEmbedding(
            store, name, vocabularySize: vocabularySize, modelDimension: model, isScaled: decoder.scalesEmbedding)
        layers = (0..<layerCount).map { DecoderLayer(store, "\(name).layers.\($0)", configuration) }
        finalNorm =
            configuration.normalization == .pre
            ? LayerNorm(store, "\(name).final_norm", featureCount: model) : nil
        output = TokenOutput(
            store, name, embedding: tokenEmbedding, isTied: tiesEmbedding, hasBias: decoder.hasOutputBias)
        positions = Positions(
            store, "\(name).positions", decoder.positions, count: decoder.positionCount, configuration)
        dropout = configuration.dropout
    }

    /// [vocabulary, model]
    public var embedding: Parameter { tokenEmbedding.table }

    /// [vocabulary, model]; the embedding itself if tied
    public var outputWeight: Parameter { output.weight }

    public var outputBias: Parameter? { output.bias }

    /// What every layer's cross-attention needs of the encoder output: [batch, encoderTime, 2 * model] each.
    public func keysValues(_ encoderOutput: Variable) -> [Variable] {
        layers.map { $0.crossAttention.keyValue(encoderOutput) }
    }

    /// The same for the steps of a search.
    ///
    /// - Parameters:
    ///   - lengths: positions of each encoder output
    ///   - keyWeights: positions of them that stand for several; nil: none
    public func encoderCaches(
        _ encoderOutput: Variable, lengths: [Int], keyWeights: KeyWeights? = nil
    ) -> [KeyValueCache] {
        layers.map { $0.crossAttention.cache(encoderOutput, lengths: lengths, keyWeights: keyWeights) }
    }

    /// Empty caches of the positions of `batch` sequences, one for each layer.
    public func caches(batch: Int) -> [KeyValueCache] { layers.map { $0.selfAttention.cache(batch: batch) } }

    /// Logits of the token after each position.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, sequence after sequence
    ///   - batch: number of sequences
    ///   - keysValues: of the encoder output
    ///   - encoderLengths: positions of each encoder output
    /// - Returns: [batch, time, vocabulary], float32
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int]
    ) -> Variable {
        let range = 0..<tokens.count / max(1, batch)
        let rotation = positions.rotation(range)
        var x = embedded(tokens, at: range, on: keysValues[0].tape).dropout(rate: dropout)
        for (layer, keysValues) in zip(layers, keysValues) {
            x = layer(
                x, mask: .causal(), rotation: rotation, keysValues: keysValues,
                encoderMask: .padding(lengths: encoderLengths))
        }
        return logits(x)
    }

    /// The same where no gradient is wanted, as for the steps of a search.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, sequence after sequence; with caches, those that follow the cached ones
    ///   - encoded: `encoderCaches`, of each sequence or of one for all
    ///   - caches: one for each layer, or none
    ///   - tape: without gradients
    ///   - wanted: the positions whose logits are wanted, ascending; nil: all.
    /// - Returns: [batch, time or wanted, vocabulary], float32
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, encoded: [KeyValueCache], caches: [KeyValueCache]?, on tape: Tape,
        wanted: [Int]? = nil
    ) -> Variable {
        var x = hidden(tokens, batch: batch, encoded: encoded, caches: caches, on: tape)
        if let wanted, wanted.count < x.value.shape[1] { x = tape.variable(x.value.positions(wanted)) }
        return logits(x)
    }

    /// The same for one sequence, a few positions at a time: those of a long text would take much memory.
    ///
    /// - Parameter take: gets the logits of some positions, [position, vocabulary], float32.
    public func forEachLogits(
        _ tokens: [Int32], encoded: [KeyValueCache], on tape: Tape, _ take: (_ positions: Range<Int>, Tensor) -> Void
    ) {
        let x = hidden(tokens, batch: 1, encoded: encoded, caches: nil, on: tape).value
        for start in stride(from: 0, to: tokens.count, by: Self.positionsAtOnce) {
            let range = start..<min(start + Self.positionsAtOnce, tokens.count)
            let logits = logits(tape.variable(x.positions(Array(range)))).value
            take(range, logits.reshaped([range.count, logits.columnCount]))
        }
    }

    /// A multiple of what fast products take at once.
    private static let positionsAtOnce = 48

    /// What the layers make of tokens without gradients: [batch, time, model].
    private func hidden(
        _ tokens: [Int32], batch: Int, encoded: [KeyValueCache], caches: [KeyValueCache]?, on tape: Tape
    ) -> Variable {
        let first = caches?.first?.count ?? 0
        let range = first..<first + tokens.count / max(1, batch)
        let rotation = positions.rotation(range)
        var x = embedded(tokens, at: range, on: tape)
        for (index, layer) in layers.enumerated() {
            x = layer(x, rotation: rotation, encoded: encoded[index], cache: caches?[index])
        }
        return x
    }

    private func embedded(_ tokens: [Int32], at range: Range<Int>, on tape: Tape) -> Variable {
        guard let term = positions.term(range) else { return tokenEmbedding(tokens, time: range.count, on: tape) }
        return tokenEmbedding(tokens, adding: term, on: tape)
    }

    private func logits(_ x: Variable) -> Variable {
        output(finalNorm.map { $0(x) } ?? x)
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
