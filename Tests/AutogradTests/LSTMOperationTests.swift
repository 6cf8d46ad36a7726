import Autograd
import Numerics
import Tensors
import TestSupport
import Testing

@Suite struct LSTMOperationTests {
    private func parameters(_ input: [Float], _ recurrent: [Float], _ bias: [Float]) -> (
        ParameterStore, LSTMParameters
    ) {
        let (store, parameters) = ParameterStore.of([
            ("input", Tensor(input, shape: [4, 1])), ("recurrent", Tensor(recurrent, shape: [4, 1])),
            ("bias", Tensor(bias, shape: [4])),
        ])
        return (
            store,
            LSTMParameters(inputWeight: parameters[0], recurrentWeight: parameters[1], bias: parameters[2])
        )
    }

    // One unit. In and out gates are open (sigmoid(50) = 1), forget gates half open (sigmoid(0) = 1/2), candidate = tanh(x + 2 h):
    // x = [1, -0.5]: c1 = tanh 1 = 0.76159416, h1 = tanh c1 = 0.64201499;
    // c2 = c1 / 2 + tanh(-0.5 + 2 h1) = 0.38079708 + tanh(0.78402998) = 0.38079708 + 0.65501373 = 1.03581081,
    // h2 = tanh c2 = 0.77622840. dh2 = 1: dc2 = 1 - h2^2 = 0.39746947, into the candidate of step 2:
    // dc2 (1 - 0.65501373^2) = 0.22693798 = dx2.
    // dc1 = dc2 / 2 + 2 * 0.22693798 (1 - h1^2) = 0.19873474 + 0.26679590 = 0.46553063; dx1 = dc1 (1 - c1^2) = 0.19551092.
    @Test func byHand() {
        let (store, parameters) = parameters([0, 0, 1, 0], [0, 0, 2, 0], [50, 0, 0, 50])
        let tape = Tape(gradients: ParameterGradients(for: store))
        let x = tape.variable(Tensor([1, -0.5], shape: [2, 1, 1]), wantsGradient: true)
        let (y, state) = x.lstm(parameters, LSTMReading(lengths: [2]))
        tape.backward(from: y, gradient: Tensor([0, 1], shape: [2, 1, 1]))
        expectClose(y.value.values, [0.64201499, 0.77622840], relative: 1e-5)
        expectClose(state.cell.values, [1.03581081], relative: 1e-5)
        expectClose(tape.gradient(of: x)!.values, [0.19551092, 0.22693798], relative: 1e-5)
    }

    /// Reading backwards is reading the reversed sequence.
    @Test func backwards() {
        let (_, parameters) = parameters([0.5, -1, 1, 2], [0.3, 1, 2, -0.5], [0.1, 0, 0.2, 1])
        let values: [Float] = [1, -0.5, 2, 0.3]
        let forward = Tape().variable(Tensor(values.reversed(), shape: [4, 1, 1]))
        let backward = Tape().variable(Tensor(values, shape: [4, 1, 1]))
        let expected = forward.lstm(parameters, LSTMReading(lengths: [4])).output.value.values
        let actual = backward.lstm(parameters, LSTMReading(lengths: [4], isReversed: true)).output.value.values
        #expect(actual == expected.reversed())
    }

    /// Tokens of a table give what its rows as inputs give.
    @Test(arguments: [ElementType.float32, .bfloat16].filter(\.isSupported))
    func tokensOfATable(precision: ElementType) {
        let (store, parameters) = ParameterStore.of([
            ("input", .random([32, 32], seed: 1)), ("recurrent", .random([32, 8], seed: 2)),
            ("bias", Tensor(zeros: [32])),
        ])
        // The input weight is 1 on the diagonal: what goes into the gates are the rows of the table.
        store.set("input", (0..<32 * 32).map { $0 % 33 == 0 ? 1 : 0 })
        if precision == .bfloat16 { store.updateBFloat16Values() }
        let lstm = LSTMParameters(inputWeight: parameters[0], recurrentWeight: parameters[1], bias: parameters[2])
        let table = Tensor.random([1, 3, 32], seed: 3).converted(to: precision).converted(to: .float32)
        let tokens: [Int32] = [0, 2, 1, 1, 2, 2]
        let rows = Tensor(tokens.flatMap { table.values[Int($0) * 32..<Int($0 + 1) * 32] }, shape: [3, 2, 32])
        let reading = LSTMReading(lengths: [3, 2])
        let upstream = Tensor.random([3, 2, 8], seed: 4).converted(to: precision)
        let (first, second) = (ParameterGradients(for: store), ParameterGradients(for: store))
        let tapes = (
            Tape(precision: precision, gradients: first), Tape(precision: precision, gradients: second)
        )
        let x = tapes.0.variable(rows, wantsGradient: true)
        let expected = x.lstm(lstm, reading).output
        tapes.0.backward(from: expected, gradient: upstream)
        let y = tapes.1.variable(table, wantsGradient: true)
        let actual = y.lstm(tokens: tokens, recurrentWeight: parameters[1], reading).output
        tapes.1.backward(from: actual, gradient: upstream)
        #expect(actual.value.values == expected.value.values)
        #expect(first.gradient(of: parameters[1]).values == second.gradient(of: parameters[1]).values)
        var sums = [Float](repeating: 0, count: 3 * 32)
        for (place, token) in tokens.enumerated() {
            for column in 0..<32 {
                sums[Int(token) * 32 + column] += tapes.0.gradient(of: x)!.values[place * 32 + column]
            }
        }
        expectClose(tapes.1.gradient(of: y)!.values, sums, absolute: 1e-6, relative: 1e-5)
    }

    @Test func axesAndDirections() {
        let tape = Tape()
        let x = tape.variable(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2, 1]))  // [time, batch, feature]
        #expect(x.timeMajor().value.values == [1, 3, 5, 2, 4, 6])
        let y = tape.batchMajor([x, x], lengths: [3, 2])
        #expect(y.value.shape == [2, 3, 2])
        #expect(y.value.values == [1, 1, 3, 3, 5, 5, 2, 2, 4, 4, 0, 0])
        expectGradients([.random([3, 2, 4], seed: 1), .random([3, 2, 4], seed: 2)]) { tape, inputs in
            tape.batchMajor([inputs[0], inputs[1], inputs[0]], lengths: [3, 1])
        }
        expectGradients([.random([3, 2, 4], seed: 1)]) { _, inputs in inputs[0].timeMajor() }
    }
}
