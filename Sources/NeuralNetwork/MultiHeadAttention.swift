import Autograd
import Tensors

/// Multi-head self-attention; Vaswani et al. 2017, section 3.2. Queries, keys and values come from one product.
public struct SelfAttention: Sendable {
    /// [3 * model, model]: queries, keys, values
    public let queryKeyValue: Linear
    public let output: Linear
    let configuration: TransformerConfiguration

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        let model = configuration.modelDimension
        queryKeyValue = Linear(store, "\(name).query_key_value", outputCount: 3 * model, of: configuration)
        output = Linear(store, "\(name).output", outputCount: model, of: configuration)
        self.configuration = configuration
    }

    /// [batch, time, model] -> [batch, time, model]. With a cache, `x` are the positions after those of the cache,
    /// which sees them too from then on. Queries and keys are turned by `rotation`, of the positions of `x`, if given.
    public func callAsFunction(
        _ x: Variable, mask: AttentionMask, rotation: Rotation? = nil, cache: KeyValueCache? = nil
    ) -> Variable {
        let model = configuration.modelDimension
        var projected = queryKeyValue(x)  // [batch, time, 3 * model]
        if let rotation { projected = projected.rotated(by: rotation, columnCount: 2 * model) }
        let query = AttentionInput(projected)
        guard let cache else {
            return output(
                attention(
                    query: query, key: AttentionInput(projected, offset: model),
                    value: AttentionInput(projected, offset: 2 * model), modelDimension: model,
                    headCount: configuration.headCount, mask: mask, dropoutRate: configuration.dropout))
        }
        cache.append(projected.value, firstColumn: model)
        return output(cache.attention(projected, isCausal: true))
    }
}

extension SelfAttention {
    /// An empty cache for `batch` sequences.
    public func cache(batch: Int) -> KeyValueCache {
        KeyValueCache(
            batch: batch, modelDimension: configuration.modelDimension, headCount: configuration.headCount)
    }
}

/// Multi-head attention of a decoder over the output of an encoder: queries from the one, keys and values from the other.
public struct CrossAttention: Sendable {
    public let query: Linear
    /// [2 * model, model]: keys, values
    public let keyValue: Linear
    public let output: Linear
    let configuration: TransformerConfiguration

    public init(_ store: ParameterStore, _ name: String, _ configuration: TransformerConfiguration) {
        let model = configuration.modelDimension
        query = Linear(store, "\(name).query", outputCount: model, of: configuration)
        keyValue = Linear(store, "\(name).key_value", outputCount: 2 * model, of: configuration)
        output = Linear(store, "\(name).output", outputCount: model, of: configuration)
        self.configuration = configuration
    }

    /// [batch, time, model] -> [batch, time, model]
    ///
    /// - Parameter keysValues: `keyValue` of the encoder output, [batch, encoderTime, 2 * model].
    public func callAsFunction(_ x: Variable, keysValues: Variable, mask: AttentionMask) -> Variable {
        let model = configuration.modelDimension
        return output(
            attention(
                query: AttentionInput(query(x)), key: AttentionInput(keysValues),
                value: AttentionInput(keysValues, offset: model), modelDimension: model,
                headCount: configuration.headCount, mask: mask, dropoutRate: configuration.dropout,
                recorder: x.tape.attentionRecorder))
    }

    /// The same where no gradient is wanted. `encoded` has the keys and values of each sequence, or of one utterance for all sequences
    /// of the batch: the hypotheses of a beam.
    public func callAsFunction(_ x: Variable, encoded: KeyValueCache) -> Variable {
        output(encoded.attention(query(x), isCausal: false))
    }

    /// The keys and values of an encoder output, [batch, encoderTime, model], as the steps of a search read them.
    ///
    /// - Parameters:
    ///   - lengths: positions of each sequence
    ///   - keyWeights: positions of them that stand for several; nil: none
    public func cache(_ encoderOutput: Variable, lengths: [Int], keyWeights: KeyWeights? = nil) -> KeyValueCache {
        KeyValueCache(
            keyValue(encoderOutput).value, headCount: configuration.headCount, lengths: lengths, keyWeights: keyWeights)
    }
}

extension Linear {
    /// A projection of attention, which may have an adapter.
    fileprivate init(
        _ store: ParameterStore, _ name: String, outputCount: Int, of configuration: TransformerConfiguration
    ) {
        self.init(
            store, name, inputCount: configuration.modelDimension, outputCount: outputCount,
            adapterRank: configuration.adapterRank)
    }
}
