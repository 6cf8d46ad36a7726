import Autograd
import Tensors

/// A decoder of any kind: from the tokens of texts to the logits of the next ones, attending to an encoder output.
public enum SpeechDecoder: Sendable {
    case transformer(TransformerDecoder)
    case lstm(LSTMDecoder)

    /// Declares the parameters of a decoder.
    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, vocabularySize: Int, tiesEmbedding: Bool,
        _ configuration: TransformerConfiguration, decoder: DecoderConfiguration
    ) {
        self =
            switch decoder.layer {
            case .transformer:
                .transformer(
                    TransformerDecoder(
                        store, name, layerCount: layerCount, vocabularySize: vocabularySize,
                        tiesEmbedding: tiesEmbedding, configuration, decoder: decoder))
            case .lstm:
                .lstm(
                    LSTMDecoder(
                        store, name, layerCount: layerCount, vocabularySize: vocabularySize,
                        tiesEmbedding: tiesEmbedding, configuration, decoder: decoder))
            }
    }

    /// What the decoder needs of an encoder output: see each kind.
    public func keysValues(_ encoderOutput: Variable) -> [Variable] {
        switch self {
        case .transformer(let decoder): decoder.keysValues(encoderOutput)
        case .lstm(let decoder): decoder.keysValues(encoderOutput)
        }
    }

    /// The same for the steps of a search.
    ///
    /// - Parameter keyWeights: positions that stand for several, of a Transformer alone; nil: none
    public func memory(_ encoded: EncodedSequences, keyWeights: KeyWeights? = nil) -> DecoderMemory {
        switch self {
        case .transformer(let decoder):
            return .transformer(
                decoder.encoderCaches(encoded.value, lengths: encoded.lengths, keyWeights: keyWeights))
        case .lstm(let decoder):
            precondition(keyWeights == nil, "SpeechDecoder: an LSTM and positions that stand for several")
            return .lstm(decoder.memory(encoded.value, lengths: encoded.lengths))
        }
    }

    /// What is known of `batch` hypotheses before their first token.
    public func state(batch: Int) -> DecoderState {
        switch self {
        case .transformer(let decoder): .transformer(decoder.caches(batch: batch))
        case .lstm(let decoder): .lstm(decoder.state(batch: batch))
        }
    }

    /// Logits of the token after each position by teacher forcing: see each kind.
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, keysValues: [Variable], encoderLengths: [Int]
    ) -> Variable {
        switch self {
        case .transformer(let decoder):
            decoder(tokens, batch: batch, keysValues: keysValues, encoderLengths: encoderLengths)
        case .lstm(let decoder):
            decoder(tokens, batch: batch, keysValues: keysValues, encoderLengths: encoderLengths)
        }
    }

    /// The same where no gradient is wanted, as for the steps of a search.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, sequence after sequence; with a state, those that follow it
    ///   - memory: of each sequence, or of one for all; made by this decoder, as is `state`
    ///   - state: goes on to the state behind the tokens; nil: before the first token, and not kept
    ///   - tape: without gradients
    ///   - wanted: the positions whose logits are wanted, ascending; nil: all.
    /// - Returns: [batch, time or wanted, vocabulary], float32
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, memory: DecoderMemory, state: DecoderState?, on tape: Tape, wanted: [Int]? = nil
    ) -> Variable {
        switch (self, memory, state) {
        case (.transformer(let decoder), .transformer(let encoded), nil):
            decoder(tokens, batch: batch, encoded: encoded, caches: nil, on: tape, wanted: wanted)
        case (.transformer(let decoder), .transformer(let encoded), .transformer(let caches)):
            decoder(tokens, batch: batch, encoded: encoded, caches: caches, on: tape, wanted: wanted)
        case (.lstm(let decoder), .lstm(let memory), nil):
            decoder(tokens, batch: batch, memory: memory, state: nil, on: tape, wanted: wanted)
        case (.lstm(let decoder), .lstm(let memory), .lstm(let state)):
            decoder(tokens, batch: batch, memory: memory, state: state, on: tape, wanted: wanted)
        default: preconditionFailure("SpeechDecoder: memory or state of another kind of decoder")
        }
    }

    /// The same for one text, a few positions at a time where it may be long: see `TransformerDecoder`.
    public func forEachLogits(
        _ tokens: [Int32], memory: DecoderMemory, on tape: Tape, _ take: (_ positions: Range<Int>, Tensor) -> Void
    ) {
        if case (.transformer(let decoder), .transformer(let encoded)) = (self, memory) {
            return decoder.forEachLogits(tokens, encoded: encoded, on: tape, take)
        }
        let logits = self(tokens, batch: 1, memory: memory, state: nil, on: tape).value
        take(0..<tokens.count, logits.reshaped([tokens.count, logits.columnCount]))
    }
}

/// An encoder output as the steps of a search read it.
public enum DecoderMemory {
    /// Keys and values of each layer.
    case transformer([KeyValueCache])
    case lstm(LSTMDecoder.Memory)
}

/// What a decoder knows of the hypotheses of a search: it goes on with them.
public enum DecoderState {
    /// The keys and values of each layer's own positions.
    case transformer([KeyValueCache])
    case lstm(LSTMDecoder.State)

    /// The number of hypotheses.
    public var batch: Int {
        switch self {
        case .transformer(let caches): caches[0].batch
        case .lstm(let state): state.batch
        }
    }

    /// New hypothesis i is what hypothesis `parents[i]` was.
    public func reorder(_ parents: [Int]) {
        switch self {
        case .transformer(let caches): for cache in caches { cache.reorder(parents) }
        case .lstm(let state): state.reorder(parents)
        }
    }
}
