import Autograd
import Tensors

/// An LSTM that attends to an encoder output at each step, by additive attention: e = v^T tanh(W s + U h + b) of its output s and the
/// encoder's h at each position, softmax over the positions, and the sum of h by these weights, which it reads in the next step; Bahdanau et
/// al. 2015, Chan et al. 2016.
public struct AttendingLSTM: Sendable {
    let parameters: AttendingLSTMParameters
    /// U and b, [width, value]
    public let key: Linear

    /// Initial values as those of `LSTM` and `Linear`.
    ///
    /// - Parameters:
    ///   - lstm, attention: how the names of the parameters begin
    ///   - valueCount: features of the encoder output
    ///   - width: features of queries and keys
    public init(
        _ store: ParameterStore, lstm: String, attention: String, inputCount: Int, unitCount: Int, valueCount: Int,
        width: Int
    ) {
        let gates = LSTMParameters(store, lstm, inputCount: inputCount, unitCount: unitCount)
        let context = store.declare(
            "\(lstm).context.weight", shape: [4 * unitCount, valueCount],
            .glorotUniform(inputCount: valueCount, outputCount: unitCount))
        let query = store.declare(
            "\(attention).query.weight", shape: [width, unitCount],
            .glorotUniform(inputCount: unitCount, outputCount: width))
        key = Linear(store, "\(attention).key", inputCount: valueCount, outputCount: width)
        let energy = store.declare(
            "\(attention).energy.weight", shape: [width], .glorotUniform(inputCount: width, outputCount: 1))
        parameters = AttendingLSTMParameters(
            lstm: gates, contextWeight: context, queryWeight: query, energyWeight: energy)
    }

    /// The keys of an encoder output: [batch, position, value] -> [batch, position, width], float32
    public func keys(_ encoderOutput: Variable) -> Variable { key(encoderOutput, outputType: .float32) }

    /// [time, batch, input] -> [time, batch, unit + value], outputs and contexts side by side; and the state behind the last step
    ///
    /// - Parameter state: before the first step; nil: zeros. No gradient goes back to it.
    public func callAsFunction(
        timeMajor x: Variable, to encoded: AttendedSequences, state: AttendingLSTMState? = nil
    ) -> (output: Variable, state: AttendingLSTMState) {
        x.attendingLSTM(parameters, to: encoded, state: state)
    }
}
