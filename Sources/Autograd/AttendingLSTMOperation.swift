import Tensors

/// The parameters of an LSTM that attends to an encoder output.
public struct AttendingLSTMParameters: Sendable {
    public let lstm: LSTMParameters
    /// The share of what was attended to before in the gates, [4 * unit, value].
    public let contextWeight: Parameter
    /// From output to query, [width, unit].
    public let queryWeight: Parameter
    /// By what the energies are weighted, [width].
    public let energyWeight: Parameter

    public init(
        lstm: LSTMParameters, contextWeight: Parameter, queryWeight: Parameter, energyWeight: Parameter
    ) {
        precondition(
            contextWeight.shape.count == 2 && contextWeight.shape[0] == lstm.bias.shape[0]
                && queryWeight.shape == [energyWeight.count, lstm.unitCount],
            "AttendingLSTMParameters: \(lstm.unitCount) units, \(contextWeight.shape), \(queryWeight.shape), "
                + "\(energyWeight.shape)")
        self.lstm = lstm
        self.contextWeight = contextWeight
        self.queryWeight = queryWeight
        self.energyWeight = energyWeight
    }

    var all: [Parameter] { lstm.all + [contextWeight, queryWeight, energyWeight] }
}

/// What an LSTM that attends knows of the sequences so far.
public struct AttendingLSTMState: Sendable {
    public let lstm: LSTMState
    /// What it attended to last, [batch, value], in the precision of the tape.
    public let context: Tensor

    /// The states of some sequences, which may occur several times.
    public func rows(_ rows: [Int]) -> AttendingLSTMState {
        AttendingLSTMState(lstm: lstm.rows(rows), context: context.selecting(rows))
    }
}

/// What an LSTM attends to: encoder outputs.
public struct AttendedSequences {
    let keys: Variable
    let values: Variable
    let lengths: [Int]

    /// - Parameters:
    ///   - keys: [batch, position, width], float32
    ///   - values: [batch, position, value]; the contexts are sums of them
    ///   - lengths: positions of each sequence; what follows is padding
    public init(keys: Variable, values: Variable, lengths: [Int]) {
        precondition(
            keys.value.shape.count == 3 && keys.value.shape.dropLast() == values.value.shape.dropLast()
                && keys.value.elementType == .float32 && lengths.count == keys.value.shape[0]
                && lengths.allSatisfy { $0 >= 0 && $0 <= keys.value.shape[1] },
            "AttendedSequences: keys \(keys.value.shape) \(keys.value.elementType), values \(values.value.shape), "
                + "lengths \(lengths)")
        self.keys = keys
        self.values = values
        self.lengths = lengths
    }
}

extension Variable {
    /// A recurrent network with gates that looks at an encoder output at each step, by additive attention: its output s asks for the weights
    /// softmax over t of v^T tanh(W s + key_t), the sum of the values by these weights is the context, and the context is an input of the next
    /// step. Bahdanau et al. 2015, section 3.1 and appendix A.1.2; the order of the steps is that of Chan et al. 2016, section 3.2.
    ///
    /// One operation, and not one for each step: the gradients of the weights are then products over all steps, and what a step keeps for the
    /// backward pass are its gates, its state, its query and its attention weights.
    ///
    /// - Parameters:
    ///   - encoded: what is attended to, of each sequence; or of one for all sequences (the hypotheses of a beam), where no gradient is wanted
    ///   - state: before the first position; nil: zeros. No gradient goes back to it.
    /// - Returns: [time, batch, unit + value], outputs and contexts side by side, for this of [time, batch, input]; and the state behind the
    ///   last position.
    public func attendingLSTM(
        _ parameters: AttendingLSTMParameters, to encoded: AttendedSequences, state: AttendingLSTMState? = nil
    ) -> (output: Variable, state: AttendingLSTMState) {
        let variables = [self, encoded.keys, encoded.values]
        precondition(
            value.shape.count == 3
                && (encoded.lengths.count == value.shape[1]
                    || encoded.lengths.count == 1 && !tape.wantsGradient(variables, parameters.all)),
            "attendingLSTM: input \(value.shape), keys \(encoded.keys.value.shape)")
        let input = LSTMInput(self, parameters.lstm)
        let recurrence = AttendingRecurrence(input.gates(), parameters, encoded, state, on: tape)
        tape.attentionRecorder?.append(recurrence.recordedWeights, keyTime: encoded.keys.value.shape[1])
        let output = tape.record(recurrence.output, of: variables, parameters.all) { [tape] dy in
            guard let gradients = tape.gradients else { return }
            let (dgates, dkeys, dvalues) = recurrence.backward(dy, to: gradients)
            input.backward(dgates, to: gradients)
            tape.accumulate(encoded.keys, dkeys)
            tape.accumulate(encoded.values, dvalues.converted(to: encoded.values.value.elementType))
        }
        return (output, recurrence.lastState)
    }
}
