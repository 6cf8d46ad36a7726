import CKernels
import Tensors

/// What a recurrent network knows of the sequences so far.
public struct LSTMState: Sendable {
    /// What it wrote last, [batch, unit], in the precision of the tape.
    public let hidden: Tensor
    /// Its memory, [batch, unit], float32.
    public let cell: Tensor

    public init(hidden: Tensor, cell: Tensor) {
        precondition(
            hidden.shape == cell.shape && hidden.shape.count == 2 && cell.elementType == .float32,
            "LSTMState: hidden \(hidden.shape), cell \(cell.shape) \(cell.elementType)")
        self.hidden = hidden
        self.cell = cell
    }

    /// Before the first position: zeros.
    public init(batch: Int, unitCount: Int, precision: ElementType) {
        self.init(hidden: Tensor(zeros: [batch, unitCount], precision), cell: Tensor(zeros: [batch, unitCount]))
    }

    /// The states of some sequences, which may occur several times.
    public func rows(_ rows: [Int]) -> LSTMState {
        LSTMState(hidden: hidden.selecting(rows), cell: cell.selecting(rows))
    }
}

extension Tensor {
    /// Some rows of a matrix, one after the other.
    func selecting(_ rows: [Int]) -> Tensor {
        let result = Tensor(uninitialized: [rows.count, columnCount], elementType)
        for (place, row) in rows.enumerated() {
            MatrixView(self.rows(row..<row + 1)).copy(to: MatrixView(result.rows(place..<place + 1)))
        }
        return result
    }
}

/// The parameters of an LSTM: rows of the gates in, forget, candidate and out, one gate after the other.
public struct LSTMParameters: Sendable {
    /// [4 * unit, input]
    public let inputWeight: Parameter
    /// [4 * unit, unit]
    public let recurrentWeight: Parameter
    /// [4 * unit]
    public let bias: Parameter

    public init(inputWeight: Parameter, recurrentWeight: Parameter, bias: Parameter) {
        precondition(
            inputWeight.shape[0] == bias.shape[0] && recurrentWeight.shape == [bias.shape[0], bias.shape[0] / 4],
            "LSTMParameters: \(inputWeight.shape), \(recurrentWeight.shape), \(bias.shape)")
        self.inputWeight = inputWeight
        self.recurrentWeight = recurrentWeight
        self.bias = bias
    }

    public var unitCount: Int { recurrentWeight.shape[1] }

    var all: [Parameter] { [inputWeight, recurrentWeight, bias] }
}

/// In which order an LSTM reads sequences of which lengths.
public struct LSTMReading: Sendable {
    let lengths: [Int]
    let isReversed: Bool

    /// - Parameters:
    ///   - lengths: positions of each sequence; behind them its state stays as it is
    ///   - isReversed: from the last position of each sequence to its first one
    public init(lengths: [Int], isReversed: Bool = false) {
        self.lengths = lengths
        self.isReversed = isReversed
    }

    /// The number of sequences.
    public var batch: Int { lengths.count }
}

extension Variable {
    /// A recurrent network with gates over sequences whose positions are the outermost axis; Hochreiter and Schmidhuber 1997, with
    /// forget gates as in Gers et al. 2000.
    ///
    /// The gates of all positions take their share of the input in one product; only the share of the previous output is added step by
    /// step. Where sequences begin with a state of another call, no gradient goes back to it: back-propagation is truncated there.
    ///
    /// - Parameter state: before the first position; nil: zeros
    /// - Returns: [time, batch, unit] for this of [time, batch, input], the last output of a sequence being repeated behind its end (read
    ///   backwards: the first state), and the state behind the last position that was read.
    public func lstm(_ parameters: LSTMParameters, _ reading: LSTMReading, state: LSTMState? = nil) -> (
        output: Variable, state: LSTMState
    ) {
        let input = LSTMInput(self, parameters)
        let recurrence = LSTMRecurrence(input.gates(), parameters.recurrentWeight, reading, state, on: tape)
        let output = tape.record(recurrence.output, of: [self], parameters.all) { [tape] dy in
            guard let gradients = tape.gradients else { return }
            input.backward(recurrence.backward(dy, to: gradients), to: gradients)
        }
        return (output, recurrence.lastState)
    }

    /// The same where the inputs are tokens of a small vocabulary: what each token puts into the gates is computed once, and this is the table of
    /// it, [1, token, 4 * unit], float32, with the bias.
    ///
    /// - Parameter tokens: time * batch tokens, those of a position one after the other
    public func lstm(tokens: [Int32], recurrentWeight: Parameter, _ reading: LSTMReading, state: LSTMState? = nil) -> (
        output: Variable, state: LSTMState
    ) {
        let table = value
        let (batch, columns) = (reading.lengths.count, table.columnCount)
        precondition(
            table.shape.count == 3 && table.shape[0] == 1 && table.elementType == .float32
                && tokens.count % max(1, batch) == 0
                && tokens.allSatisfy { $0 >= 0 && Int($0) < table.shape[1] },
            "lstm: \(tokens.count) tokens of \(batch) sequences for a table \(table.shape) \(table.elementType)")
        let gates = Tensor(uninitialized: [tokens.count / max(1, batch), batch, columns])
        Kernels.table.embedding(
            gates.floats, table.floats, nil, tokens, Int64(tokens.count), 1, Int64(columns), 1)
        let recurrence = LSTMRecurrence(gates, recurrentWeight, reading, state, on: tape)
        let output = tape.record(recurrence.output, of: [self], [recurrentWeight]) { [tape] dy in
            guard let gradients = tape.gradients else { return }
            let dgates = recurrence.backward(dy, to: gradients).converted(to: .float32)
            tape.accumulate(self) { sum, accumulate in
                if !accumulate { sum.floats.update(repeating: 0, count: sum.count) }
                Kernels.table.embedding_backward(
                    sum.floats, dgates.floats, tokens, Int64(tokens.count), Int64(columns), 1)
            }
        }
        return (output, recurrence.lastState)
    }
}

/// The share of the input in the gates of an LSTM, at all positions in one product.
struct LSTMInput {
    private let variable: Variable
    private let parameters: LSTMParameters
    /// Input and weight as operands of products.
    private let x: Tensor
    private let weight: Tensor

    /// - Parameter variable: [time, batch, input]
    init(_ variable: Variable, _ parameters: LSTMParameters) {
        precondition(
            variable.value.shape.count == 3 && variable.value.columnCount == parameters.inputWeight.shape[1],
            "lstm: input \(variable.value.shape), weight \(parameters.inputWeight.name) \(parameters.inputWeight.shape)"
        )
        self.variable = variable
        self.parameters = parameters
        x = variable.value.converted(to: variable.tape.precision)
        weight = parameters.inputWeight.operand(as: variable.tape.precision)
    }

    /// What goes into the gates, with the bias, [time, batch, 4 * unit], float32.
    func gates() -> Tensor {
        let gates = Tensor(uninitialized: x.shape.dropLast() + [parameters.bias.shape[0]])
        MatrixProduct.multiply(
            MatrixView(x), MatrixView(weight).transposed, bias: parameters.bias.value.floats, into: MatrixView(gates),
            independentRows: true)
        return gates
    }

    /// Adds the gradients of weight, bias and input.
    ///
    /// - Parameter dgates: those of what went into the gates, in the precision of the products
    func backward(_ dgates: Tensor, to gradients: ParameterGradients) {
        if !gradients.isFrozen(parameters.inputWeight) {
            gradients.accumulate(parameters.inputWeight) { dw, accumulate in
                MatrixProduct.multiply(
                    MatrixView(dgates).transposed, MatrixView(x), into: MatrixView(dw), accumulate: accumulate)
            }
        }
        dgates.elementType.kernels.column_sums(
            gradients.gradient(of: parameters.bias).floats, dgates.pointer, Int64(dgates.rowCount),
            Int64(dgates.columnCount))
        variable.tape.accumulate(variable) { dx, accumulate in
            MatrixProduct.multiply(MatrixView(dgates), MatrixView(weight), into: MatrixView(dx), accumulate: accumulate)
        }
    }
}

/// The steps of an LSTM whose gates have their share of the input already.
struct LSTMRecurrence {
    /// [time, batch, 4 * unit], float32: the activations of the gates.
    private let gates: Tensor
    /// States before, between and behind the positions, [time + 1, batch, unit], in the tape's precision and in float32.
    private let hidden: Tensor
    private let cells: Tensor
    private let weight: Parameter
    /// The weight as operand of products.
    private let operand: Tensor
    private let lengths: [Int32]
    private let isReversed: Bool

    /// Runs the steps.
    ///
    /// - Parameter gates: [time, batch, 4 * unit], float32, handed over
    init(_ gates: Tensor, _ weight: Parameter, _ reading: LSTMReading, _ state: LSTMState?, on tape: Tape) {
        let (time, batch, units) = (gates.shape[0], gates.shape[1], weight.shape[1])
        let state = state ?? LSTMState(batch: batch, unitCount: units, precision: tape.precision)
        precondition(
            reading.lengths.count == batch && reading.lengths.allSatisfy { $0 >= 0 && $0 <= time }
                && state.hidden.shape == [batch, units] && state.hidden.elementType == tape.precision,
            "lstm: gates \(gates.shape), lengths \(reading.lengths), state \(state.hidden.shape) "
                + "\(state.hidden.elementType)")
        self.gates = gates
        self.weight = weight
        operand = weight.operand(as: tape.precision)
        lengths = reading.lengths.map(Int32.init)
        isReversed = reading.isReversed
        hidden = Tensor(uninitialized: [time + 1, batch, units], tape.precision)
        cells = Tensor(uninitialized: [time + 1, batch, units])
        let first = isReversed ? time : 0
        MatrixView(state.hidden).copy(to: MatrixView(hidden.rows(first..<first + 1)))
        MatrixView(state.cell).copy(to: MatrixView(cells.rows(first..<first + 1)))
        let transposed = MatrixView(operand).transposed
        for step in isReversed ? Array((0..<time).reversed()) : Array(0..<time) {
            let (before, after) = places(step)
            let stepGates = gates.rows(step..<step + 1)
            MatrixProduct.multiply(
                MatrixView(hidden.rows(before..<before + 1)), transposed, into: MatrixView(stepGates),
                accumulate: true, independentRows: true)
            tape.precision.kernels.lstm(
                stepGates.floats, cells.rows(after..<after + 1).floats, hidden.rows(after..<after + 1).pointer,
                cells.rows(before..<before + 1).floats, hidden.rows(before..<before + 1).pointer, lengths, Int64(step),
                Int64(batch), Int64(units))
        }
    }

    /// The places of the states before and behind a position.
    private func places(_ step: Int) -> (before: Int, after: Int) { isReversed ? (step + 1, step) : (step, step + 1) }

    private var time: Int { gates.shape[0] }

    /// [time, batch, unit]: what was written at each position.
    var output: Tensor { hidden.rows(isReversed ? 0..<time : 1..<time + 1) }

    /// The state behind the last position that was read.
    var lastState: LSTMState {
        let last = isReversed ? 0 : time
        let shape = Array(hidden.shape.dropFirst())
        return LSTMState(
            hidden: hidden.rows(last..<last + 1).reshaped(shape), cell: cells.rows(last..<last + 1).reshaped(shape))
    }

    /// Back-propagation through time: adds the gradient of the recurrent weight.
    ///
    /// - Parameter dy: the gradient of `output`
    /// - Returns: the gradients of what goes into the gates, [time, batch, 4 * unit], in the precision of the outputs. The activations
    ///   of the gates are lost.
    func backward(_ dy: Tensor, to gradients: ParameterGradients) -> Tensor {
        let (batch, units) = (gates.shape[1], weight.shape[1])
        let precision = hidden.elementType
        let dgates = precision == .float32 ? gates : Tensor(uninitialized: gates.shape, precision)
        let (dhidden, dcell) = (Tensor(zeros: [batch, units]), Tensor(zeros: [batch, units]))
        let steps = isReversed ? Array(0..<time) : Array((0..<time).reversed())
        for step in steps {
            let (before, after) = places(step)
            let stepGradient = dgates.rows(step..<step + 1)
            precision.kernels.lstm_backward(
                stepGradient.pointer, dhidden.floats, dcell.floats, dy.rows(step..<step + 1).pointer,
                gates.rows(step..<step + 1).floats, cells.rows(after..<after + 1).floats,
                cells.rows(before..<before + 1).floats, lengths, Int64(step), Int64(batch), Int64(units))
            if step == steps.last { break }
            MatrixProduct.multiply(
                MatrixView(stepGradient), MatrixView(operand), into: MatrixView(dhidden), accumulate: true)
        }
        if !gradients.isFrozen(weight) {
            let previous = hidden.rows(isReversed ? 1..<time + 1 : 0..<time)
            gradients.accumulate(weight) { dw, accumulate in
                MatrixProduct.multiply(
                    MatrixView(dgates).transposed, MatrixView(previous), into: MatrixView(dw), accumulate: accumulate)
            }
        }
        return dgates
    }
}
