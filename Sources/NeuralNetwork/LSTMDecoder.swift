import Autograd
import Tensors

/// A recurrent decoder: token embedding, an LSTM that attends to the encoder output, a map of its output and of what it attended to, more
/// LSTM layers where wanted, and the logits of the next token; Bahdanau et al. 2015, Chan et al. 2016.
public struct LSTMDecoder: Sendable {
    let embedding: TokenEmbedding
    public let attending: AttendingLSTM
    /// From output and context of the LSTM that attends, [model, 2 * model]
    public let combination: Linear
    /// Those behind the one that attends.
    public let layers: [LSTM]
    let output: TokenOutput
    let activation: Activation
    let dropout: Float

    /// - Parameter layerCount: LSTM layers, the one that attends included
    public init(
        _ store: ParameterStore, _ name: String, layerCount: Int, vocabularySize: Int, tiesEmbedding: Bool,
        _ configuration: TransformerConfiguration, decoder: DecoderConfiguration
    ) {
        let model = configuration.modelDimension
        embedding = TokenEmbedding(
            store, name, vocabularySize: vocabularySize, modelDimension: model, isScaled: decoder.scalesEmbedding)
        attending = AttendingLSTM(
            store, lstm: "\(name).layers.0", attention: "\(name).attention", inputCount: model, unitCount: model,
            valueCount: model, width: model)
        combination = Linear(store, "\(name).combination", inputCount: 2 * model, outputCount: model)
        layers = (1..<layerCount).map {
            LSTM(store, "\(name).layers.\($0)", inputCount: model, unitCount: model)
        }
        output = TokenOutput(
            store, name, embedding: embedding, isTied: tiesEmbedding, hasBias: decoder.hasOutputBias)
        activation = configuration.activation
        dropout = configuration.dropout
    }

    /// What the steps need of an encoder output: keys and values, [batch, encoderTime, model] each.
    public func keysValues(_ encoderOutput: Variable) -> [Variable] { [attending.keys(encoderOutput), encoderOutput] }

    /// The same for the steps of a search.
    ///
    /// - Parameter lengths: positions of each encoder output
    public func memory(_ encoderOutput: Variable, lengths: [Int]) -> Memory {
        Memory(
            keys: attending.keys(encoderOutput).value,
            values: encoderOutput.value.converted(to: encoderOutput.tape.precision), lengths: lengths)
    }

    /// An encoder output as the steps of a search read it.
    public struct Memory: Sendable {
        /// [batch, encoderTime, model], float32
        let keys: Tensor
        /// [batch, encoderTime, model]
        let values: Tensor
        let lengths: [Int]
    }

    /// What is known of each hypothesis.
    public final class State {
        fileprivate var attending: AttendingLSTMState?
        fileprivate var layers: [LSTMState]?
        public private(set) var batch: Int

        /// `batch` hypotheses without a token.
        init(batch: Int) { self.batch = batch }

        /// New hypothesis i is what hypothesis `parents[i]` was.
        public func reorder(_ parents: [Int]) {
            attending = attending?.rows(parents)
            layers = layers?.map { $0.rows(parents) }
            batch = parents.count
        }
    }

    public func state(batch: Int) -> State { State(batch: batch) }

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
        output(
            hidden(
                tokens, batch: batch,
                AttendedSequences(keys: keysValues[0], values: keysValues[1], lengths: encoderLengths), state: nil,
                on: keysValues[0].tape))
    }

    /// The same where no gradient is wanted, as for the steps of a search.
    ///
    /// - Parameters:
    ///   - tokens: batch * time tokens, sequence after sequence; with a state, those that follow it
    ///   - memory: of each sequence, or of one for all
    ///   - state: goes on to the state behind the tokens; nil: before the first token, and not kept
    ///   - wanted: the positions whose logits are wanted, ascending; nil: all.
    /// - Returns: [batch, time or wanted, vocabulary], float32
    public func callAsFunction(
        _ tokens: [Int32], batch: Int, memory: Memory, state: State?, on tape: Tape, wanted: [Int]? = nil
    ) -> Variable {
        var x = hidden(
            tokens, batch: batch,
            AttendedSequences(
                keys: tape.variable(memory.keys), values: tape.variable(memory.values), lengths: memory.lengths),
            state: state, on: tape)
        if let wanted, wanted.count < x.value.shape[1] {
            x = tape.variable(x.value.converted(to: .float32).positions(wanted))
        }
        return output(x)
    }

    /// What the layers make of tokens: [batch, time, model].
    private func hidden(
        _ tokens: [Int32], batch: Int, _ encoded: AttendedSequences, state: State?, on tape: Tape
    ) -> Variable {
        let time = tokens.count / max(1, batch)
        // The tokens of a position lie together, as recurrent networks read them.
        let timeMajor = (0..<time).flatMap { position in (0..<batch).map { tokens[$0 * time + position] } }
        let embedded = embedding(timeMajor, time: batch, on: tape).dropout(rate: dropout)
        let attended = attending(timeMajor: embedded, to: encoded, state: state?.attending)
        var x = combination(attended.output, activation: activation, dropoutRate: dropout)
        let lengths = Array(repeating: time, count: batch)
        var newStates: [LSTMState] = []
        for (index, layer) in layers.enumerated() {
            let next = layer(timeMajor: x, LSTMReading(lengths: lengths), state: state?.layers?[index])
            newStates.append(next.state)
            x = next.output.dropout(rate: dropout)
        }
        state?.attending = attended.state
        state?.layers = newStates
        return tape.batchMajor([x], lengths: lengths)
    }
}
