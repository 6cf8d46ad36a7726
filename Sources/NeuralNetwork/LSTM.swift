import Autograd
import Tensors

/// A recurrent layer with gates that reads sequences in one direction or in both; Hochreiter and Schmidhuber 1997, Schuster and Paliwal
/// 1997.
public struct LSTM: Sendable {
    /// One for each direction: forward, and backward where there are two.
    let directions: [LSTMParameters]

    /// Glorot-uniform weights; the biases of the forget gates are 1, so that a new network remembers (Jozefowicz et al. 2015), the others 0.
    ///
    /// - Parameters:
    ///   - unitCount: outputs of each direction
    ///   - isBidirectional: whether the sequences are read backwards too, by a second set of parameters
    public init(
        _ store: ParameterStore, _ name: String, inputCount: Int, unitCount: Int, isBidirectional: Bool = false
    ) {
        directions = (isBidirectional ? ["\(name).forward", "\(name).backward"] : [name]).map { name in
            LSTMParameters(store, name, inputCount: inputCount, unitCount: unitCount)
        }
    }

    /// [batch, time, input] -> [batch, time, directions * unit], in the tape's precision; 0 behind the end of a sequence.
    ///
    /// - Parameter lengths: positions of each sequence; what follows is padding, and is not read
    public func callAsFunction(_ x: Variable, lengths: [Int]) -> Variable {
        let input = x.timeMajor()
        let outputs = directions.enumerated().map { index, parameters in
            input.lstm(parameters, LSTMReading(lengths: lengths, isReversed: index == 1)).output
        }
        return x.tape.batchMajor(outputs, lengths: lengths)
    }

    /// The steps that follow a state, in one direction: [time, batch, input] -> [time, batch, unit] and the state behind them. No gradient goes
    /// back to the earlier steps.
    ///
    /// - Parameter state: nil: zeros
    public func callAsFunction(timeMajor x: Variable, _ reading: LSTMReading, state: LSTMState?) -> (
        output: Variable, state: LSTMState
    ) { x.lstm(single, reading, state: state) }

    /// The same for tokens of a small vocabulary, whose `table` is computed once.
    ///
    /// - Parameter tokens: time * batch tokens, those of a position one after the other
    public func callAsFunction(tokens: [Int32], table: Variable, _ reading: LSTMReading, state: LSTMState?) -> (
        output: Variable, state: LSTMState
    ) { table.lstm(tokens: tokens, recurrentWeight: single.recurrentWeight, reading, state: state) }

    /// What each token puts into the gates, with the bias: [1, token, input] -> [1, token, 4 * unit], float32.
    public func table(_ embedded: Variable) -> Variable {
        embedded.linear(single.inputWeight, bias: single.bias, outputType: .float32)
    }

    private var single: LSTMParameters {
        precondition(directions.count == 1, "LSTM: single steps of a network that reads backwards too")
        return directions[0]
    }
}

extension LSTMParameters {
    /// Declares the parameters of one direction: see `LSTM`.
    init(_ store: ParameterStore, _ name: String, inputCount: Int, unitCount: Int) {
        self.init(
            inputWeight: store.declare(
                "\(name).input.weight", shape: [4 * unitCount, inputCount],
                .glorotUniform(inputCount: inputCount, outputCount: unitCount)),
            recurrentWeight: store.declare(
                "\(name).recurrent.weight", shape: [4 * unitCount, unitCount],
                .glorotUniform(inputCount: unitCount, outputCount: unitCount)),
            bias: store.declare("\(name).bias", shape: [4 * unitCount], .parts([0, 1, 0, 0]), hasWeightDecay: false))
    }
}
