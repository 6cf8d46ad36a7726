import CKernels
import Tensors

/// The steps of an LSTM that attends, whose gates have their share of the input already.
struct AttendingRecurrence {
    private let parameters: AttendingLSTMParameters
    /// The three weights of a step as operands of products.
    private let recurrent: Tensor
    private let fromContext: Tensor
    private let toQuery: Tensor
    /// [time, batch, 4 * unit], float32: the activations of the gates.
    private let gates: Tensor
    /// States before, between and behind the positions, [time + 1, batch, unit], in the tape's precision and in float32.
    private let hidden: Tensor
    private let cells: Tensor
    /// What was attended to, [time + 1, batch, value], in the tape's precision; before the first position, too.
    private let contexts: Tensor
    /// [time, batch, width], float32
    private let queries: Tensor
    /// [time, batch, position], float32, filled up with zeros to a multiple of 16 positions
    private let weights: Tensor
    /// float32 and in the tape's precision
    private let keys: Tensor
    private let values: Tensor
    private let encoderLengths: [Int32]
    /// All sequences have all positions.
    private let lengths: [Int32]

    /// Runs the steps.
    ///
    /// - Parameter gates: [time, batch, 4 * unit], float32, handed over
    init(
        _ gates: Tensor, _ parameters: AttendingLSTMParameters, _ encoded: AttendedSequences,
        _ state: AttendingLSTMState?, on tape: Tape
    ) {
        let precision = tape.precision
        let (time, batch, units) = (gates.shape[0], gates.shape[1], parameters.lstm.unitCount)
        let width = parameters.energyWeight.count
        keys = encoded.keys.value
        values = encoded.values.value.converted(to: precision)
        let (keyTime, columns) = (keys.shape[1], values.columnCount)
        precondition(
            keys.columnCount == width && parameters.contextWeight.shape[1] == columns
                && (state.map {
                    $0.lstm.hidden.shape == [batch, units] && $0.context.shape == [batch, columns]
                        && $0.lstm.hidden.elementType == precision && $0.context.elementType == precision
                } ?? true),
            "attendingLSTM: gates \(gates.shape), keys \(keys.shape), values \(values.shape), state "
                + "\(state?.lstm.hidden.shape ?? []) \(state?.context.shape ?? [])")
        self.parameters = parameters
        self.gates = gates
        recurrent = parameters.lstm.recurrentWeight.operand(as: precision)
        fromContext = parameters.contextWeight.operand(as: precision)
        toQuery = parameters.queryWeight.operand(as: precision)
        hidden = Tensor(uninitialized: [time + 1, batch, units], precision)
        cells = Tensor(uninitialized: [time + 1, batch, units])
        contexts = Tensor(uninitialized: [time + 1, batch, columns], precision)
        queries = Tensor(uninitialized: [time, batch, width])
        weights = Tensor(uninitialized: [time, batch, (keyTime + 15) / 16 * 16])
        encoderLengths = encoded.lengths.map(Int32.init)
        lengths = Array(repeating: Int32(time), count: batch)
        let first =
            state
            ?? AttendingLSTMState(
                lstm: LSTMState(batch: batch, unitCount: units, precision: precision),
                context: Tensor(zeros: [batch, columns], precision))
        MatrixView(first.lstm.hidden).copy(to: MatrixView(hidden.rows(0..<1)))
        MatrixView(first.lstm.cell).copy(to: MatrixView(cells.rows(0..<1)))
        MatrixView(first.context).copy(to: MatrixView(contexts.rows(0..<1)))
        withMemory { memory in
            for step in 0..<time {
                let (before, after) = (step..<step + 1, step + 1..<step + 2)
                let stepGates = gates.rows(before)
                MatrixProduct.multiply(
                    MatrixView(hidden.rows(before)), MatrixView(recurrent).transposed, into: MatrixView(stepGates),
                    accumulate: true, independentRows: true)
                MatrixProduct.multiply(
                    MatrixView(contexts.rows(before)), MatrixView(fromContext).transposed, into: MatrixView(stepGates),
                    accumulate: true, independentRows: true)
                precision.kernels.lstm(
                    stepGates.floats, cells.rows(after).floats, hidden.rows(after).pointer, cells.rows(before).floats,
                    hidden.rows(before).pointer, lengths, Int64(step), Int64(batch), Int64(units))
                MatrixProduct.multiply(
                    MatrixView(hidden.rows(after)), MatrixView(toQuery).transposed,
                    into: MatrixView(queries.rows(before)), independentRows: true)
                precision.kernels.additive_attention(
                    weights.rows(before).floats, contexts.rows(after).pointer, queries.rows(before).floats, memory,
                    Int64(batch))
            }
        }
    }

    private var time: Int { gates.shape[0] }
    private var batch: Int { gates.shape[1] }
    private var units: Int { parameters.lstm.unitCount }

    /// What the kernels of attention read at each step.
    private func withMemory(_ work: (UnsafePointer<attended_memory>) -> Void) {
        encoderLengths.withUnsafeBufferPointer { lengths in
            var memory = attended_memory(
                keys: keys.floats, values: values.pointer, energy: parameters.energyWeight.value.floats,
                lengths: lengths.baseAddress, sequences: Int64(keys.shape[0]), time: Int64(keys.shape[1]),
                width: Int64(keys.columnCount), columns: Int64(values.columnCount),
                stride: Int64(weights.columnCount))
            work(&memory)
        }
    }

    /// [time, batch, unit + value]: what was written at each position, and what was attended to.
    var output: Tensor {
        let columns = values.columnCount
        let result = Tensor(uninitialized: [time, batch, units + columns], hidden.elementType)
        MatrixView(hidden.rows(1..<time + 1)).copy(to: MatrixView(result).columns(0..<units))
        MatrixView(contexts.rows(1..<time + 1)).copy(to: MatrixView(result).columns(units..<units + columns))
        return result
    }

    /// The attention weights as those of one head: [batch, 1, time, position].
    var recordedWeights: Tensor {
        let stride = weights.columnCount
        let result = Tensor(uninitialized: [batch, 1, time, stride])
        for b in 0..<batch {
            for step in 0..<time {
                (result.floats + (b * time + step) * stride)
                    .update(from: weights.floats + (step * batch + b) * stride, count: stride)
            }
        }
        return result
    }

    /// The state behind the last position.
    var lastState: AttendingLSTMState {
        func last(_ tensor: Tensor) -> Tensor { tensor.rows(time..<time + 1).reshaped([batch, tensor.columnCount]) }
        return AttendingLSTMState(lstm: LSTMState(hidden: last(hidden), cell: last(cells)), context: last(contexts))
    }

    /// Back-propagation through time: adds the gradients of the weights of a step.
    ///
    /// - Parameter dy: the gradient of `output`
    /// - Returns: the gradients of what goes into the gates, [time, batch, 4 * unit], in the precision of the outputs; of the keys, float32;
    ///   and of the values, in that precision. The activations of the gates are lost.
    func backward(_ dy: Tensor, to gradients: ParameterGradients) -> (gates: Tensor, keys: Tensor, values: Tensor) {
        let precision = hidden.elementType
        let (columns, keyTime) = (values.columnCount, keys.shape[1])
        let dgates = precision == .float32 ? gates : Tensor(uninitialized: gates.shape, precision)
        let dqueries = Tensor(uninitialized: queries.shape, precision)
        let dkeys = Tensor(zeros: keys.shape)
        let dscores = Tensor(uninitialized: [keyTime])
        let denergy = gradients.gradient(of: parameters.energyWeight)
        let (dhidden, dcell) = (Tensor(zeros: [batch, units]), Tensor(zeros: [batch, units]))
        let doutput = Tensor(uninitialized: [time, batch, units], precision)
        MatrixView(dy).columns(0..<units).copy(to: MatrixView(doutput))
        // What comes from above, to which each step adds what comes from the one behind it.
        let fromAbove = Tensor(uninitialized: [time, batch, columns], precision)
        MatrixView(dy).columns(units..<units + columns).copy(to: MatrixView(fromAbove))
        let dcontexts = fromAbove.converted(to: .float32)
        withMemory { memory in
            for step in (0..<time).reversed() {
                let (before, after) = (step..<step + 1, step + 1..<step + 2)
                if step + 1 < time {
                    MatrixProduct.multiply(
                        MatrixView(dgates.rows(after)), MatrixView(recurrent), into: MatrixView(dhidden),
                        accumulate: true)
                    MatrixProduct.multiply(
                        MatrixView(dgates.rows(after)), MatrixView(fromContext),
                        into: MatrixView(dcontexts.rows(before)), accumulate: true)
                }
                precision.kernels.additive_attention_backward(
                    dqueries.rows(before).pointer, dkeys.floats, denergy.floats, dscores.floats,
                    dcontexts.rows(before).floats, weights.rows(before).floats, queries.rows(before).floats, memory,
                    Int64(batch))
                MatrixProduct.multiply(
                    MatrixView(dqueries.rows(before)), MatrixView(toQuery), into: MatrixView(dhidden), accumulate: true)
                precision.kernels.lstm_backward(
                    dgates.rows(before).pointer, dhidden.floats, dcell.floats, doutput.rows(before).pointer,
                    gates.rows(before).floats, cells.rows(after).floats, cells.rows(before).floats, lengths,
                    Int64(step), Int64(batch), Int64(units))
            }
        }
        for (weight, gradient, operand) in [
            (parameters.lstm.recurrentWeight, dgates, hidden.rows(0..<time)),
            (parameters.contextWeight, dgates, contexts.rows(0..<time)),
            (parameters.queryWeight, dqueries, hidden.rows(1..<time + 1)),
        ] where !gradients.isFrozen(weight) {
            gradients.accumulate(weight) { dw, accumulate in
                MatrixProduct.multiply(
                    MatrixView(gradient).transposed, MatrixView(operand), into: MatrixView(dw), accumulate: accumulate)
            }
        }
        return (dgates, dkeys, dvalues(dcontexts))
    }

    /// weights^T dcontexts of each sequence: [batch, position, value].
    private func dvalues(_ dcontexts: Tensor) -> Tensor {
        let type = values.elementType
        let (keyTime, columns, stride) = (keys.shape[1], values.columnCount, weights.columnCount)
        let result = Tensor(uninitialized: values.shape, type)
        let (weights, dcontexts) = (weights.converted(to: type), dcontexts.converted(to: type))
        for b in 0..<batch {
            MatrixProduct.multiply(
                MatrixView(
                    weights.pointer(at: b * stride), type, rows: time, columns: keyTime, rowStride: batch * stride
                ).transposed,
                MatrixView(
                    dcontexts.pointer(at: b * columns), type, rows: time, columns: columns, rowStride: batch * columns),
                into: MatrixView(result.rows(b..<b + 1)))
        }
        return result
    }
}
