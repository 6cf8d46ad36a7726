import Autograd
import Tensors
import TestSupport
import Testing

/// Learned positions: rows of a table that two operations add.
@Suite struct PositionTermTests {
    // Rows 1 and 2 of the table [1 2 3] of one feature are added to two sequences; row 3 is not there: 0. The gradient of a row
    // is the sum over the sequences: 1 + 4 and 2 + 5.
    @Test func handComputed() {
        let (store, parameters) = ParameterStore.of([("table", Tensor([1, 2, 3], shape: [3, 1]))])
        let gradients = ParameterGradients(for: store)
        let tape = Tape(gradients: gradients)
        let x = tape.variable(Tensor([10, 20, 30, 40, 50, 60], shape: [2, 3, 1]))
        let sum = x.addingPositions(PositionTerm(parameters[0], rows: 1..<4))
        tape.backward(from: sum, gradient: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3, 1]))
        #expect(sum.value.values == [12, 23, 30, 42, 53, 60])
        #expect(gradients.gradient(of: parameters[0]).values == [0, 5, 7])
    }

    @Test func finiteDifferences() {
        let (store, parameters) = ParameterStore.of([
            ("positions", .random([5, 4], seed: 1)), ("table", .random([6, 4], seed: 2)),
        ])
        expectGradients([.random([2, 3, 4], seed: 3)], store: store) { tape, inputs in
            let text = tape.embedding(
                [0, 5, 1, 2, 2, 0], table: parameters[1], positions: PositionTerm(parameters[0], rows: 2..<5), scale: 2)
            return inputs[0].addingPositions(PositionTerm(parameters[0], rows: 0..<3)).adding(text)
        }
    }

    // One of two tables learns: the other's gradient is not touched.
    @Test(arguments: ["positions", "table"]) func frozen(name: String) {
        let (store, parameters) = ParameterStore.of([
            ("positions", .random([2, 3], seed: 1)), ("table", .random([4, 3], seed: 2)),
        ])
        let gradients = ParameterGradients(for: store) { $0.name == name }
        let tape = Tape(gradients: gradients)
        let y = tape.embedding(
            [3, 1], table: parameters[1], positions: PositionTerm(parameters[0], rows: 0..<2), scale: 1)
        tape.backward(from: y, gradient: Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3]))
        if name == "table" {
            #expect(gradients.gradient(of: parameters[0]).values == [1, 2, 3, 4, 5, 6])
        } else {
            #expect(gradients.gradient(of: parameters[1]).values == [0, 0, 0, 4, 5, 6, 0, 0, 0, 1, 2, 3])
        }
    }
}
